//! `ListMultipartUploads`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
//!
//! The first thousand, in order of their keys; a further page begins after a key and an upload.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::s3::model::Upload;
use crate::s3::{find, keys};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

/// AWS's.
const MOST_UPLOADS: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMultipartUploads {
    bucket: String,
    #[serde(default)]
    key_marker: Option<String>,
    #[serde(default)]
    upload_id_marker: Option<String>,
    #[serde(default)]
    max_uploads: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMultipartUploadsOutput {
    bucket: String,
    key_marker: String,
    upload_id_marker: String,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
    max_uploads: usize,
    is_truncated: bool,
    uploads: Vec<Listed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    key: String,
    upload_id: String,
    initiated: Timestamp,
    storage_class: &'static str,
}

impl ListMultipartUploads {
    fn start(&self, bucket: u64) -> Vec<u8> {
        let Some(key) = &self.key_marker else { return keys::uploads(bucket).into_bytes() };
        match &self.upload_id_marker {
            Some(upload) => Key::after(keys::upload(bucket, key, upload).as_bytes()),
            None => keys::uploads(bucket).text(key).end(),
        }
    }
}

impl Read for ListMultipartUploads {
    const NAME: &'static str = "ListMultipartUploads";
    type Output = ListMultipartUploadsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListMultipartUploadsOutput, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        let most = self.max_uploads.unwrap_or(MOST_UPLOADS).min(MOST_UPLOADS);
        let end = keys::uploads(bucket.id).end();
        let mut uploads = Vec::new();
        for (key, value) in rows.scan(&self.start(bucket.id), &end, Direction::Forward, most + 1)? {
            let mut reader = KeyReader::new(&key, Family::MultipartUpload)?;
            reader.number()?;
            let upload: Upload = row::decode(&value)?;
            uploads.push(Listed {
                key: reader.text()?,
                upload_id: reader.text()?,
                initiated: Timestamp::from_millis(i64::try_from(upload.begun_ms).unwrap_or(i64::MAX)),
                storage_class: "STANDARD",
            });
        }
        let is_truncated = uploads.len() > most;
        uploads.truncate(most);
        let last = uploads.last().filter(|_| is_truncated);
        Ok(ListMultipartUploadsOutput {
            bucket: self.bucket.clone(),
            key_marker: self.key_marker.clone().unwrap_or_default(),
            upload_id_marker: self.upload_id_marker.clone().unwrap_or_default(),
            next_key_marker: last.map(|last| last.key.clone()),
            next_upload_id_marker: last.map(|last| last.upload_id.clone()),
            max_uploads: most,
            is_truncated,
            uploads,
        })
    }
}
