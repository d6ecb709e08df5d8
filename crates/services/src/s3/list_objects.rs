//! `ListObjects`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
//!
//! The older list: it goes on after a key that the caller names. Only with a delimiter does it say which.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::s3::find;
use crate::s3::listing::{CommonPrefix, Listed, MOST_ENTRIES, Wanted, encoded, list};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListObjects {
    bucket: String,
    prefix: Option<String>,
    delimiter: Option<String>,
    marker: Option<String>,
    max_keys: Option<u32>,
    encoding_type: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListObjectsOutput {
    name: String,
    prefix: String,
    marker: String,
    delimiter: Option<String>,
    next_marker: Option<String>,
    max_keys: usize,
    encoding_type: Option<String>,
    is_truncated: bool,
    contents: Vec<Listed>,
    common_prefixes: Vec<CommonPrefix>,
}

impl Read for ListObjects {
    const NAME: &'static str = "ListObjects";
    type Output = ListObjectsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListObjectsOutput, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        let most = self.max_keys.map_or(MOST_ENTRIES, |most| most as usize).min(MOST_ENTRIES);
        let wanted = Wanted {
            prefix: self.prefix.as_deref().unwrap_or_default(),
            delimiter: self.delimiter.as_deref(),
            after: self.marker.as_deref(),
            most,
        };
        let listing = list(&bucket, &wanted, rows)?;
        let name = |name: &str| encoded(name, self.encoding_type.as_deref());
        let next = listing.more_after.as_ref().filter(|_| most > 0);
        Ok(ListObjectsOutput {
            name: self.bucket.clone(),
            prefix: name(wanted.prefix),
            marker: self.marker.as_deref().map(name).unwrap_or_default(),
            delimiter: wanted.delimiter.map(name),
            next_marker: next.filter(|_| wanted.delimiter.is_some()).map(|last| name(last)),
            max_keys: most,
            encoding_type: self.encoding_type.clone(),
            is_truncated: next.is_some(),
            contents: listing.objects.iter().map(|(key, object)| Listed::of(name(key), object)).collect(),
            common_prefixes: listing
                .prefixes
                .iter()
                .map(|prefix| CommonPrefix { prefix: name(prefix) })
                .collect(),
        })
    }
}
