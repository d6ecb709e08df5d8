//! `CompleteMultipartUpload`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
//!
//! The object's row names the parts: no byte is moved. A checksum of the whole is not computed, so none is told of later.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::s3::abort_multipart_upload::forget_upload;
use crate::s3::conditions::WriteConditions;
use crate::s3::model::{LEAST_PART_BYTES, MOST_OBJECT_BYTES, MOST_PARTS, Object, UploadedPart};
use crate::s3::put_object::replace;
use crate::s3::{errors, find, keys, upload_part};
use crate::tx::Tx;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::ids::hex;
use stepwell_wire::rest_xml::document::one_or_many;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompleteMultipartUpload {
    bucket: String,
    key: String,
    upload_id: String,
    #[serde(default)]
    multipart_upload: Option<Parts>,
    #[serde(flatten)]
    conditions: WriteConditions,
}

#[derive(Debug, Deserialize)]
struct Parts {
    #[serde(rename = "Part", alias = "Parts", deserialize_with = "one_or_many", default)]
    parts: Vec<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    /// Text in a document, a number in JSON.
    part_number: Value,
    #[serde(rename = "ETag")]
    etag: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompleteMultipartUploadOutput {
    location: String,
    bucket: String,
    key: String,
    #[serde(rename = "ETag")]
    etag: String,
}

impl Named {
    fn number(&self) -> Result<u64, Failure> {
        let number = self.part_number.as_u64().or_else(|| self.part_number.as_str()?.trim().parse().ok());
        Ok(number.ok_or_else(errors::malformed_xml)?)
    }
}

impl CompleteMultipartUpload {
    /// The parts that were named, in order.
    fn parts(&self, tx: &Tx) -> Result<Vec<(u64, UploadedPart)>, Failure> {
        let named = self.multipart_upload.as_ref().map(|named| named.parts.as_slice()).unwrap_or_default();
        if named.is_empty() || named.len() > MOST_PARTS {
            return Err(errors::malformed_xml().into());
        }
        let mut parts: Vec<(u64, UploadedPart)> = Vec::with_capacity(named.len());
        for name in named {
            let number = name.number()?;
            if parts.last().is_some_and(|(last, _)| *last >= number) {
                return Err(errors::invalid_part_order().into());
            }
            let part: UploadedPart =
                tx.row(&keys::part(&self.upload_id, number))?.ok_or_else(errors::invalid_part)?;
            if part.etag != name.etag.trim_matches('"') {
                return Err(errors::invalid_part().into());
            }
            parts.push((number, part));
        }
        check_sizes(&parts)?;
        Ok(parts)
    }
}

fn check_sizes(parts: &[(u64, UploadedPart)]) -> Result<(), Failure> {
    let all_but_last = parts.len().saturating_sub(1);
    if let Some((number, part)) =
        parts.iter().take(all_but_last).find(|(_, part)| part.size < LEAST_PART_BYTES)
    {
        return Err(errors::entity_too_small(part.size, *number).into());
    }
    let size = parts.iter().map(|(_, part)| part.size).sum();
    if size > MOST_OBJECT_BYTES {
        return Err(errors::entity_too_large(size, MOST_OBJECT_BYTES).into());
    }
    Ok(())
}

impl Command for CompleteMultipartUpload {
    const NAME: &'static str = "CompleteMultipartUpload";
    type Output = CompleteMultipartUploadOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CompleteMultipartUploadOutput, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        let upload = upload_part::upload(&bucket, &self.key, &self.upload_id, tx)?;
        let parts = self.parts(tx)?;
        let before = tx.row::<Object>(&keys::object(bucket.id, &self.key))?;
        self.conditions.check(before.as_ref(), &self.key)?;
        let object = Object {
            etag: etag(&parts),
            size: parts.iter().map(|(_, part)| part.size).sum(),
            modified_ms: context.now_ms,
            described: upload.described,
            checksum: None,
            parts: parts.iter().filter_map(|(_, part)| part.part.clone()).collect(),
            part_count: u32::try_from(parts.len()).ok(),
        };
        replace(&bucket, &self.key, before.as_ref(), &object, tx)?;
        // The parts' references are the object's now; parts that were not named go.
        for (number, _) in &parts {
            tx.remove(&keys::part(&self.upload_id, *number));
        }
        forget_upload(bucket.id, &self.key, &self.upload_id, tx)?;
        Ok(CompleteMultipartUploadOutput {
            location: format!("{}/{}/{}", context.request.base_url, self.bucket, self.key),
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            etag: format!("\"{}\"", object.etag),
        })
    }
}

/// The MD5 of the parts' MD5s, and how many there are.
fn etag(parts: &[(u64, UploadedPart)]) -> String {
    let mut digest = Md5::new();
    for (_, part) in parts {
        let (pairs, _) = part.etag.as_bytes().as_chunks::<2>();
        let bytes =
            pairs.iter().filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        digest.update(bytes.collect::<Vec<u8>>());
    }
    format!("{}-{}", hex(&digest.finalize()), parts.len())
}
