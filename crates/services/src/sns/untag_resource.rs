//! <https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::sns::tag_resource::find;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResource {
    pub resource_arn: String,
    #[serde(default)]
    pub tag_keys: Vec<String>,
}

impl Command for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        let mut topic = find(&self.resource_arn, tx)?;
        topic.tags.retain(|key, _| !self.tag_keys.contains(key));
        topic.put(tx);
        Ok(Nothing {})
    }
}
