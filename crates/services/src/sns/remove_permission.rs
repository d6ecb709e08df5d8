//! <https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sns::model::Topic;
use crate::sns::permissions;
use crate::tx::Tx;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermission {
    pub topic_arn: String,
    pub label: String,
}

impl Command for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Output = ();

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<(), Failure> {
        let mut topic = Arc::unwrap_or_clone(Topic::by_arn(&self.topic_arn, tx)?);
        let mut policy = permissions::policy(&topic);
        permissions::statements(&mut policy).retain(|it| !permissions::is_labelled(it, &self.label));
        topic.attributes.insert("Policy".to_owned(), policy.to_string());
        topic.put(tx);
        Ok(())
    }
}
