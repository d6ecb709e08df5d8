//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::map_run::model::{Counts, MapRun};
use crate::states::model::timestamp;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeMapRun {
    pub map_run_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeMapRunOutput {
    map_run_arn: String,
    execution_arn: String,
    status: &'static str,
    start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<Timestamp>,
    max_concurrency: u64,
    tolerated_failure_percentage: f64,
    tolerated_failure_count: u64,
    item_counts: ShownCounts,
    execution_counts: ShownCounts,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownCounts {
    pending: u64,
    running: u64,
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    aborted: u64,
    total: u64,
    results_written: u64,
    failures_not_redrivable: u64,
    pending_redrive: u64,
}

impl ShownCounts {
    /// `total`: where more are known of than were begun.
    fn of(counts: &Counts, total: u64) -> Self {
        Self {
            pending: total.saturating_sub(counts.total),
            running: counts.running,
            succeeded: counts.succeeded,
            failed: counts.failed,
            timed_out: counts.timed_out,
            aborted: counts.aborted,
            total,
            results_written: counts.results_written,
            failures_not_redrivable: counts.not_redrivable.unwrap_or(0),
            pending_redrive: counts.pending_redrive.unwrap_or_default().sum(),
        }
    }
}

impl Read for DescribeMapRun {
    const NAME: &'static str = "DescribeMapRun";
    type Output = DescribeMapRunOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<DescribeMapRunOutput, Failure> {
        let run = MapRun::by_arn(&self.map_run_arn, rows)?;
        let items = run.items_known.unwrap_or(run.items.total).max(run.items.total);
        // Without batches there are as many executions as items.
        let executions = if run.batch.is_none() { items } else { run.executions.total };
        Ok(DescribeMapRunOutput {
            map_run_arn: run.arn(),
            status: run.status.as_str(),
            start_date: timestamp(run.started_ms),
            stop_date: run.stopped_ms.map(timestamp),
            max_concurrency: run.limits.max_concurrency,
            tolerated_failure_percentage: run.limits.tolerated_percentage.unwrap_or_default(),
            tolerated_failure_count: run.limits.tolerated_count.unwrap_or_default(),
            item_counts: ShownCounts::of(&run.items, items),
            execution_counts: ShownCounts::of(&run.executions, executions),
            redrive_count: run.redriven.map_or(0, |redriven| redriven.count),
            redrive_date: run.redriven.map(|redriven| timestamp(redriven.at_ms)),
            execution_arn: run.parent_arn,
        })
    }
}
