//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::logs::model::LogGroup;
use crate::logs::{errors, keys, names};
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// Groups that one call looks at.
const LOOKED_AT: usize = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogGroups {
    pub log_group_name_prefix: Option<String>,
    pub log_group_name_pattern: Option<String>,
    pub next_token: Option<String>,
    pub limit: Option<i64>,
    pub log_group_class: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogGroupsOutput {
    pub log_groups: Vec<LogGroupShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroupShape {
    pub log_group_name: String,
    pub creation_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_in_days: Option<u64>,
    pub metric_filter_count: u64,
    pub arn: String,
    pub stored_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    pub log_group_class: String,
    pub log_group_arn: String,
}

impl Read for DescribeLogGroups {
    const NAME: &'static str = "DescribeLogGroups";
    type Output = DescribeLogGroupsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeLogGroupsOutput, Failure> {
        let limit = self.limit.unwrap_or(50);
        names::constraints().range("limit", limit, 1..=50).finish()?;
        if self.log_group_name_prefix.is_some() && self.log_group_name_pattern.is_some() {
            return Err(errors::invalid_parameter(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            )
            .into());
        }
        let prefix = self.log_group_name_prefix.as_deref().unwrap_or_default();
        let end = keys::groups(context.scope()).end();
        let mut start = self.start(prefix, context)?;
        let (mut log_groups, mut looked_at) = (Vec::new(), 0);
        while let Some((key, value)) = rows.scan(&start, &end, Direction::Forward, 1)?.into_iter().next() {
            let group: LogGroup = row::decode(&value)?;
            if !group.name.starts_with(prefix) {
                break;
            }
            if log_groups.len() == usize::try_from(limit).unwrap_or(1) || looked_at == LOOKED_AT {
                // The first that wasn't looked at: the next page begins with it.
                let next_token = Some(page::token(context.secrets, Self::NAME, &group.name));
                return Ok(DescribeLogGroupsOutput { log_groups, next_token });
            }
            looked_at += 1;
            start = Key::after(&key);
            log_groups.extend(self.is_asked_for(&group).then(|| shape(group)));
        }
        Ok(DescribeLogGroupsOutput { log_groups, next_token: None })
    }
}

impl DescribeLogGroups {
    fn start(&self, prefix: &str, context: &Context) -> Result<Vec<u8>, Failure> {
        let Some(token) = &self.next_token else { return Ok(keys::group_prefix(context.scope(), prefix)) };
        let next = page::last(context.secrets, Self::NAME, token).ok_or_else(errors::invalid_next_token)?;
        Ok(keys::group(context.scope(), &next).into_bytes())
    }

    fn is_asked_for(&self, group: &LogGroup) -> bool {
        self.log_group_name_pattern.as_ref().is_none_or(|pattern| group.name.contains(pattern))
            && self.log_group_class.as_ref().is_none_or(|class| group.class == *class)
    }
}

fn shape(group: LogGroup) -> LogGroupShape {
    let arn = group.arn();
    LogGroupShape {
        log_group_name: group.name,
        creation_time: group.created_ms,
        retention_in_days: group.retention_days,
        metric_filter_count: 0,
        arn: format!("{arn}:*"),
        stored_bytes: group.stored_bytes,
        kms_key_id: group.kms_key_id,
        log_group_class: group.class,
        log_group_arn: arn,
    }
}
