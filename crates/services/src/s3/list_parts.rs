//! `ListParts`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::s3::model::UploadedPart;
use crate::s3::{find, keys, upload_part};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

/// AWS's.
const MOST_PARTS: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListParts {
    bucket: String,
    key: String,
    upload_id: String,
    #[serde(default)]
    max_parts: Option<usize>,
    #[serde(default)]
    part_number_marker: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPartsOutput {
    bucket: String,
    key: String,
    upload_id: String,
    part_number_marker: u64,
    next_part_number_marker: Option<u64>,
    max_parts: usize,
    is_truncated: bool,
    storage_class: &'static str,
    parts: Vec<Listed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    part_number: u64,
    last_modified: Timestamp,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
}

impl Read for ListParts {
    const NAME: &'static str = "ListParts";
    type Output = ListPartsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListPartsOutput, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        upload_part::upload(&bucket, &self.key, &self.upload_id, rows)?;
        let most = self.max_parts.unwrap_or(MOST_PARTS).min(MOST_PARTS);
        let marker = self.part_number_marker.unwrap_or_default();
        let start = Key::after(keys::part(&self.upload_id, marker).as_bytes());
        let end = keys::parts(&self.upload_id).end();
        let mut parts = Vec::new();
        for (key, value) in rows.scan(&start, &end, Direction::Forward, most + 1)? {
            let part: UploadedPart = row::decode(&value)?;
            parts.push(Listed {
                part_number: keys::read_part(&key)?,
                last_modified: Timestamp::from_millis(i64::try_from(part.modified_ms).unwrap_or(i64::MAX)),
                etag: format!("\"{}\"", part.etag),
                size: part.size,
            });
        }
        let is_truncated = parts.len() > most;
        parts.truncate(most);
        Ok(ListPartsOutput {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            upload_id: self.upload_id.clone(),
            part_number_marker: marker,
            next_part_number_marker: parts.last().filter(|_| is_truncated).map(|part| part.part_number),
            max_parts: most,
            is_truncated,
            storage_class: "STANDARD",
            parts,
        })
    }
}
