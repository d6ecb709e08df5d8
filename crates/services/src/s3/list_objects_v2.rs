//! `ListObjectsV2`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::page;
use crate::rows::Rows;
use crate::s3::listing::{CommonPrefix, Listed, MOST_ENTRIES, Wanted, encoded, list};
use crate::s3::{errors, find};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListObjectsV2 {
    pub bucket: String,
    pub prefix: Option<String>,
    pub delimiter: Option<String>,
    pub start_after: Option<String>,
    pub continuation_token: Option<String>,
    pub max_keys: Option<i64>,
    pub encoding_type: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListObjectsV2Output {
    name: String,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_continuation_token: Option<String>,
    key_count: usize,
    max_keys: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_type: Option<String>,
    is_truncated: bool,
    pub contents: Vec<Listed>,
    common_prefixes: Vec<CommonPrefix>,
}

impl Read for ListObjectsV2 {
    const NAME: &'static str = "ListObjectsV2";
    type Output = ListObjectsV2Output;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListObjectsV2Output, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        let most = self.max_keys.unwrap_or(MOST_ENTRIES as i64);
        if most < 0 {
            let text = "Argument maxKeys must be an integer between 0 and 2147483647";
            return Err(errors::invalid_argument(text, "max-keys", &most.to_string()).into());
        }
        let list_name = format!("objects {}", bucket.id);
        let after = match &self.continuation_token {
            Some(token) => Some(page::last(context.secrets, &list_name, token).ok_or_else(|| {
                errors::invalid_argument(
                    "The continuation token provided is incorrect",
                    "continuation-token",
                    token,
                )
            })?),
            None => self.start_after.clone(),
        };
        let wanted = Wanted {
            prefix: self.prefix.as_deref().unwrap_or_default(),
            delimiter: self.delimiter.as_deref(),
            after: after.as_deref(),
            most: usize::try_from(most).unwrap_or(MOST_ENTRIES).min(MOST_ENTRIES),
        };
        let mut listing = list(&bucket, &wanted, rows)?;
        if wanted.most == 0 {
            listing.more_after = None;
        }
        let encoding = self.encoding_type.as_deref();
        let name = |name: &str| encoded(name, encoding);
        let next = listing.more_after.as_ref();
        Ok(ListObjectsV2Output {
            name: self.bucket.clone(),
            prefix: name(wanted.prefix),
            delimiter: wanted.delimiter.map(name),
            start_after: self.start_after.as_deref().map(name),
            continuation_token: self.continuation_token.clone(),
            next_continuation_token: next.map(|last| page::token(context.secrets, &list_name, last)),
            key_count: listing.objects.len() + listing.prefixes.len(),
            max_keys: most.min(MOST_ENTRIES as i64),
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
