//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>
//!
//! Idempotent by name (recorded): the first answer again, and other tags are neither an error nor taken over.

use super::model::Activity;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::states::model::timestamp;
use crate::states::{definition, errors, keys, names, tags};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateActivity {
    pub name: String,
    #[serde(default)]
    pub tags: Vec<tags::Tag>,
    pub encryption_configuration: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateActivityOutput {
    pub activity_arn: String,
    pub creation_date: Timestamp,
}

impl Command for CreateActivity {
    const NAME: &'static str = "CreateActivity";
    type Output = CreateActivityOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateActivityOutput, Failure> {
        names::check(&self.name)?;
        tags::check(&self.tags)?;
        let key = keys::activity(context.scope(), &self.name);
        let activity = match tx.row::<Activity>(&key)? {
            Some(activity) if self.is_same(&activity) => activity,
            Some(activity) => return Err(errors::activity_already_exists(&activity.arn()).into()),
            None => {
                let activity = self.make(tx, context);
                tx.put(&key, &activity);
                activity
            }
        };
        Ok(CreateActivityOutput {
            activity_arn: activity.arn(),
            creation_date: timestamp(activity.created_ms),
        })
    }
}

impl CreateActivity {
    fn is_same(&self, activity: &Activity) -> bool {
        let given = self.encryption_configuration.as_ref().map(Value::to_string);
        definition::encryption(given.as_deref()) == definition::encryption(activity.encryption.as_deref())
    }

    fn make(&self, tx: &mut Tx, context: &Context) -> Activity {
        Activity {
            id: tx.next_sequence(),
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.name.clone(),
            created_ms: context.now_ms,
            encryption: self.encryption_configuration.as_ref().map(Value::to_string),
            tags: self.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
        }
    }
}
