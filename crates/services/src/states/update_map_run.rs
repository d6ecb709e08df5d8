//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::states::map_run::model::{MapRun, RunStatus};
use crate::states::validation;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMapRun {
    pub map_run_arn: String,
    pub max_concurrency: Option<i64>,
    pub tolerated_failure_percentage: Option<f64>,
    pub tolerated_failure_count: Option<i64>,
}

impl UpdateMapRun {
    fn check(&self) -> Result<(), ApiError> {
        for (value, name) in [
            (self.max_concurrency, "maxConcurrency"),
            (self.tolerated_failure_count, "toleratedFailureCount"),
        ] {
            if let Some(value) = value.filter(|value| *value < 0) {
                let rule = "Member must have value greater than or equal to 0";
                return Err(validation::violated(value, name, rule));
            }
        }
        if let Some(value) = self.tolerated_failure_percentage.filter(|value| !(0.0..=100.0).contains(value))
        {
            let bound = if value < 0.0 { "greater than or equal to 0" } else { "less than or equal to 100" };
            let rule = format!("Member must have value {bound}");
            return Err(validation::violated(value, "toleratedFailurePercentage", &rule));
        }
        Ok(())
    }
}

impl Command for UpdateMapRun {
    const NAME: &'static str = "UpdateMapRun";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        self.check()?;
        let mut run = MapRun::by_arn(&self.map_run_arn, tx)?;
        if run.status != RunStatus::Running {
            let text = format!("Map Run is in terminal state: {}", run.status.as_str());
            return Err(ApiError::validation(text).into());
        }
        let unsigned = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
        if let Some(most) = unsigned(self.max_concurrency) {
            run.limits.max_concurrency = most;
        }
        run.limits.tolerated_count = unsigned(self.tolerated_failure_count).or(run.limits.tolerated_count);
        run.limits.tolerated_percentage =
            self.tolerated_failure_percentage.or(run.limits.tolerated_percentage);
        // There may be room for more now.
        run.owe_turn(tx);
        run.put(tx);
        Ok(Nothing {})
    }
}
