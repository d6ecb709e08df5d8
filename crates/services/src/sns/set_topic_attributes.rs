//! <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sns::model::Topic;
use crate::sns::topic_attributes;
use crate::tx::Tx;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetTopicAttributes {
    pub topic_arn: String,
    pub attribute_name: String,
    pub attribute_value: Option<String>,
}

impl Command for SetTopicAttributes {
    const NAME: &'static str = "SetTopicAttributes";
    type Output = ();

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<(), Failure> {
        let mut topic = Arc::unwrap_or_clone(Topic::by_arn(&self.topic_arn, tx)?);
        let name = &self.attribute_name;
        let value = self.attribute_value.as_deref().unwrap_or_default();
        // Nothing, for a policy, is the default again.
        let takes_away = value.is_empty() && matches!(name.as_str(), "Policy" | "DeliveryPolicy");
        match topic_attributes::check(name, value, topic.is_fifo(), "")?.filter(|_| !takes_away) {
            Some(value) => drop(topic.attributes.insert(name.clone(), value)),
            None => drop(topic.attributes.remove(name)),
        }
        topic.put(tx);
        Ok(())
    }
}
