//! Tags of log groups, by ARN and by name:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::model::LogGroup;
use crate::logs::{errors, names};
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stepwell_wire::ApiError;

/// Tags of one group at most.
const MOST: usize = 50;

type Tags = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResource {
    pub resource_arn: String,
    pub tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResource {
    pub resource_arn: String,
    pub tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsForResource {
    pub resource_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagLogGroup {
    pub log_group_name: String,
    pub tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagLogGroup {
    pub log_group_name: String,
    pub tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsLogGroup {
    pub log_group_name: String,
}

#[derive(Debug, Serialize)]
pub struct TagsOutput {
    pub tags: Tags,
}

impl Command for TagResource {
    const NAME: &'static str = "TagResource";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        tag(names::by_arn(&self.resource_arn, tx, context)?, &self.tags, tx)
    }
}

impl Command for TagLogGroup {
    const NAME: &'static str = "TagLogGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        tag(LogGroup::by_name(context.scope(), &self.log_group_name, tx)?, &self.tags, tx)
    }
}

impl Command for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        untag(names::by_arn(&self.resource_arn, tx, context)?, &self.tag_keys, tx);
        Ok(())
    }
}

impl Command for UntagLogGroup {
    const NAME: &'static str = "UntagLogGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        untag(LogGroup::by_name(context.scope(), &self.log_group_name, tx)?, &self.tags, tx);
        Ok(())
    }
}

impl Read for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Output = TagsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<TagsOutput, Failure> {
        Ok(TagsOutput { tags: names::by_arn(&self.resource_arn, rows, context)?.tags })
    }
}

impl Read for ListTagsLogGroup {
    const NAME: &'static str = "ListTagsLogGroup";
    type Output = TagsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<TagsOutput, Failure> {
        names::check_group(&self.log_group_name)?;
        Ok(TagsOutput { tags: LogGroup::by_name(context.scope(), &self.log_group_name, rows)?.tags })
    }
}

fn tag(mut group: LogGroup, tags: &Tags, tx: &mut Tx) -> Result<(), Failure> {
    check_tags(tags)?;
    group.tags.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    if group.tags.len() > MOST {
        let text = format!("The resource can have at most {MOST} tags.");
        return Err(ApiError::bad_request("TooManyTagsException", text).into());
    }
    tx.put(&group.key(), &group);
    Ok(())
}

fn untag(mut group: LogGroup, keys: &[String], tx: &mut Tx) {
    group.tags.retain(|key, _| !keys.contains(key));
    tx.put(&group.key(), &group);
}

/// # Errors
/// `InvalidParameterException`.
pub fn check_tags(tags: &Tags) -> Result<(), ApiError> {
    let mut constraints = names::constraints();
    if tags.len() > MOST {
        let shown = format!("{{{}}}", tags.keys().cloned().collect::<Vec<_>>().join(", "));
        constraints.count("tags", &shown, tags.len(), 0..=MOST);
    }
    for (key, value) in tags {
        constraints.length("tags.key", key, 1..=128).length("tags.value", value, 0..=256);
    }
    constraints.finish()?;
    if tags.keys().any(|key| key.to_lowercase().starts_with("aws:")) {
        return Err(errors::invalid_parameter(
            "aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    Ok(())
}
