//! <https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::rows::{Rows, RowsExt};
use crate::sns::arn::TopicArn;
use crate::sns::model::Topic;
use crate::sns::tags::{self, Tag};
use crate::sns::{errors, keys};
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    pub resource_arn: String,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Command for TagResource {
    const NAME: &'static str = "TagResource";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        let mut topic = find(&self.resource_arn, tx)?;
        topic.tags.extend(tags::map(&self.tags)?);
        tags::check_count(&topic.tags)?;
        topic.put(tx);
        Ok(Nothing {})
    }
}

/// The topic that tags are asked of.
///
/// # Errors
/// `ResourceNotFound`, or `InvalidParameter` for what is no ARN.
pub fn find(resource_arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Topic, Failure> {
    let arn = TopicArn::parse("ResourceArn", resource_arn)?;
    rows.row(&keys::topic(&arn.scope, &arn.name))?.ok_or_else(|| errors::no_such_resource().into())
}
