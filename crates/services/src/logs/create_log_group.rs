//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::logs::model::LogGroup;
use crate::logs::tags::check_tags;
use crate::logs::{errors, keys, names};
use crate::operation::Command;
use crate::rows::Rows;
use crate::tx::Tx;
use serde::Deserialize;
use std::collections::BTreeMap;

const CLASSES: [&str; 3] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateLogGroup {
    pub log_group_name: String,
    pub kms_key_id: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub log_group_class: Option<String>,
}

impl Command for CreateLogGroup {
    const NAME: &'static str = "CreateLogGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        check_tags(&self.tags)?;
        let class = self.log_group_class.as_deref().unwrap_or("STANDARD");
        names::constraints().one_of("logGroupClass", class, &CLASSES).finish()?;
        let key = keys::group(context.scope(), &self.log_group_name);
        if tx.bytes(key.as_bytes())?.is_some() {
            return Err(errors::log_group_exists().into());
        }
        let group = LogGroup {
            tags: self.tags.clone(),
            class: class.to_owned(),
            kms_key_id: self.kms_key_id.clone(),
            ..new_group(tx.next_sequence(), context.scope(), &self.log_group_name, context)
        };
        tx.put(&key, &group);
        Ok(())
    }
}

/// A group as it is made on demand.
#[must_use]
pub fn new_group(id: u64, scope: &Scope, name: &str, context: &Context) -> LogGroup {
    LogGroup {
        id,
        account: scope.account.to_string(),
        region: scope.region.to_string(),
        name: name.to_owned(),
        created_ms: context.now_ms,
        retention_days: None,
        tags: BTreeMap::new(),
        class: "STANDARD".to_owned(),
        kms_key_id: None,
        stored_bytes: 0,
        sweep_due_ms: None,
    }
}
