//! `DeleteObjects`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::s3::{delete_object, errors, find, names};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::rest_xml::document::one_or_many;

/// AWS's limit.
const MOST_KEYS: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteObjects {
    bucket: String,
    #[serde(default)]
    delete: Option<Delete>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    #[serde(rename = "Object", alias = "Objects", deserialize_with = "one_or_many", default)]
    objects: Vec<Named>,
    #[serde(default)]
    quiet: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    key: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteObjectsOutput {
    deleted: Vec<Deleted>,
    errors: Vec<NotDeleted>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted {
    key: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NotDeleted {
    key: String,
    code: String,
    message: String,
}

impl Command for DeleteObjects {
    const NAME: &'static str = "DeleteObjects";
    type Output = DeleteObjectsOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<DeleteObjectsOutput, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        let delete = self.delete.as_ref().ok_or_else(errors::malformed_xml)?;
        if delete.objects.is_empty() || delete.objects.len() > MOST_KEYS {
            return Err(errors::malformed_xml().into());
        }
        let is_quiet = delete.quiet.as_ref().is_some_and(|quiet| *quiet == true || *quiet == "true");
        let mut output = DeleteObjectsOutput { deleted: Vec::new(), errors: Vec::new() };
        for Named { key } in &delete.objects {
            let key = key.clone();
            match names::check_key(&key) {
                Ok(()) => {
                    delete_object::delete(&bucket, &key, tx)?;
                    output.deleted.extend((!is_quiet).then_some(Deleted { key }));
                }
                Err(error) => {
                    output.errors.push(NotDeleted { key, code: error.code.into(), message: error.message });
                }
            }
        }
        Ok(output)
    }
}
