//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>
//!
//! An update that changes nothing is one all the same: AWS makes the function ready again, with a new revision (recorded).

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::publish_version::{check_revision, check_settled, retain_all};
use crate::lambda::settings::{
    DeadLetterConfig, Environment, EphemeralStorage, LoggingConfig, Settings, SnapStart, TracingConfig,
    VpcConfig, check_layers, constraints,
};
use crate::lambda::{find, update};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionConfiguration {
    pub function_name: String,
    pub role: Option<String>,
    pub handler: Option<String>,
    pub description: Option<String>,
    pub timeout: Option<i64>,
    pub memory_size: Option<i64>,
    pub vpc_config: Option<VpcConfig>,
    pub environment: Option<Environment>,
    pub runtime: Option<String>,
    pub dead_letter_config: Option<DeadLetterConfig>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub tracing_config: Option<TracingConfig>,
    pub revision_id: Option<String>,
    pub layers: Option<Vec<String>>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub snap_start: Option<SnapStart>,
    pub logging_config: Option<LoggingConfig>,
}

impl Command for UpdateFunctionConfiguration {
    const NAME: &'static str = "UpdateFunctionConfiguration";
    type Output = FunctionConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<FunctionConfiguration, Failure> {
        let settings = self.settings();
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        settings.constrain(&mut constraints);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, tx)?;
        let latest = function.latest(tx)?;
        check_revision(self.revision_id.as_deref(), &latest)?;
        check_settled(&function, &latest)?;
        settings.check(tx, context)?;
        check_layers(self.layers.as_deref())?;
        let mut configuration = latest.configuration.clone();
        settings.apply(&mut configuration);
        retain_all(&latest, tx)?;
        update::begin(function, latest, configuration, false, tx, context)
    }
}

impl UpdateFunctionConfiguration {
    fn settings(&self) -> Settings<'_> {
        Settings {
            runtime: self.runtime.as_deref(),
            role: self.role.as_deref(),
            handler: self.handler.as_deref(),
            description: self.description.as_deref(),
            timeout: self.timeout,
            memory_size: self.memory_size,
            environment: self.environment.as_ref(),
            kms_key_arn: self.kms_key_arn.as_deref(),
            tracing_config: self.tracing_config.as_ref(),
            dead_letter_config: self.dead_letter_config.as_ref(),
            ephemeral_storage: self.ephemeral_storage.as_ref(),
            vpc_config: self.vpc_config.as_ref(),
            snap_start: self.snap_start.as_ref(),
            logging_config: self.logging_config.as_ref(),
        }
    }
}
