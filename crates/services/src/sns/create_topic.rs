//! <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
//!
//! Creating what is there already answers with it, if nothing that is given has another value there.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::sns::model::Topic;
use crate::sns::tags::{self, Tag};
use crate::sns::topic_attributes::{self, Attributes};
use crate::sns::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTopic {
    pub name: String,
    #[serde(default)]
    pub attributes: Attributes,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTopicOutput {
    pub topic_arn: String,
}

impl Command for CreateTopic {
    const NAME: &'static str = "CreateTopic";
    type Output = CreateTopicOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateTopicOutput, Failure> {
        let is_fifo = self.is_fifo()?;
        check_name(&self.name, is_fifo)?;
        let attributes = self.checked_attributes(is_fifo)?;
        let tags = tags::map(&self.tags)?;
        let key = keys::topic(context.scope(), &self.name);
        if let Some(existing) = tx.row::<Topic>(&key)? {
            let shown = topic_attributes::shown(&existing);
            if attributes.iter().any(|(name, value)| shown.get(name) != Some(value)) {
                let text = "Attributes Reason: Topic already exists with different attributes";
                return Err(errors::invalid_parameter(text).into());
            }
            if tags.iter().any(|(key, value)| existing.tags.get(key) != Some(value)) {
                let text = "Tags Reason: Topic already exists with different tags";
                return Err(errors::invalid_parameter(text).into());
            }
            return Ok(CreateTopicOutput { topic_arn: existing.arn() });
        }
        tags::check_count(&tags)?;
        let topic = Topic {
            id: tx.next_sequence(),
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.name.clone(),
            attributes,
            tags,
            subscriptions_deleted: 0,
        };
        tx.put(&key, &topic);
        Ok(CreateTopicOutput { topic_arn: topic.arn() })
    }
}

impl CreateTopic {
    fn is_fifo(&self) -> Result<bool, Failure> {
        match self.attributes.get("FifoTopic").map(|value| topic_attributes::flag(value)) {
            None | Some(Some("false")) => Ok(false),
            Some(Some(_)) => Ok(true),
            Some(None) => {
                let text = "Attributes Reason: FifoTopic must be either true or false";
                Err(errors::invalid_parameter(text).into())
            }
        }
    }

    fn checked_attributes(&self, is_fifo: bool) -> Result<Attributes, Failure> {
        let mut checked = Attributes::new();
        // A topic's name says what kind it is.
        for (name, value) in self.attributes.iter().filter(|(name, _)| *name != "FifoTopic") {
            let kept = topic_attributes::check(name, value, is_fifo, "Attributes Reason: ")?;
            checked.extend(kept.map(|value| (name.clone(), value)));
        }
        Ok(checked)
    }
}

fn check_name(name: &str, is_fifo: bool) -> Result<(), Failure> {
    let stem = if is_fifo { name.strip_suffix(".fifo").unwrap_or("") } else { name };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !stem.is_empty() && name.len() <= 256 && stem.bytes().all(allowed) {
        return Ok(());
    }
    Err(errors::invalid_parameter("Topic Name").into())
}
