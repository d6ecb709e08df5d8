//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
//!
//! A new function is `Pending` until its runtime and its SDKs are there; that is owed as an effect, and its result makes the
//! function `Active` or `Failed`.

use crate::context::Context;
use crate::effect::{Effect, PrepareFunction};
use crate::failure::Failure;
use crate::lambda::code::Code;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::model::{Configuration, Function, Version};
use crate::lambda::package::Package;
use crate::lambda::settings::{
    DeadLetterConfig, Environment, EphemeralStorage, LoggingConfig, Settings, SnapStart, TracingConfig,
    VpcConfig, check_layers, constraints,
};
use crate::lambda::upload::Source;
use crate::lambda::{errors, keys, logging, publish_version, tags};
use crate::operation::Command;
use crate::rows::Rows;
use crate::tx::Tx;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunction {
    pub function_name: String,
    pub runtime: Option<String>,
    pub role: String,
    pub handler: Option<String>,
    pub code: FunctionCode,
    pub description: Option<String>,
    pub timeout: Option<i64>,
    pub memory_size: Option<i64>,
    #[serde(default)]
    pub publish: bool,
    pub vpc_config: Option<VpcConfig>,
    pub package_type: Option<String>,
    pub dead_letter_config: Option<DeadLetterConfig>,
    pub environment: Option<Environment>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub tracing_config: Option<TracingConfig>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub architectures: Option<Vec<String>>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub snap_start: Option<SnapStart>,
    pub logging_config: Option<LoggingConfig>,
    pub layers: Option<Vec<String>>,
    pub file_system_configs: Option<Vec<serde_json::Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionCode {
    pub zip_file: Option<Package>,
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub image_uri: Option<String>,
}

impl Command for CreateFunction {
    const NAME: &'static str = "CreateFunction";
    type Output = FunctionConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<FunctionConfiguration, Failure> {
        let name = self.name(context)?;
        if Function::by_name(&name.scope, &name.name, tx)?.is_some() {
            return Err(errors::conflict(format!("Function already exist: {}", name.name)).into());
        }
        let source = self.check(tx, context)?;
        let code = source.store(tx)?;
        let function = self.function(&name, tx.next_sequence());
        let configuration = self.configuration(&function.name, code);
        let version = Version::pending(0, configuration, context.now_ms, &mut context.entropy);
        tx.put(&keys::function(&name.scope, &name.name), &function);
        publish_version::begin(function, version, self.publish, None, tx, context)
    }
}

impl CreateFunction {
    fn name(&self, context: &Context) -> Result<FunctionName, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        self.settings().constrain(&mut constraints);
        if let Some(package_type) = &self.package_type {
            constraints.one_of("packageType", package_type, &["Zip", "Image"]);
        }
        check_architectures(&mut constraints, self.architectures.as_deref());
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        if name.name.len() > 64 {
            return Err(errors::invalid_parameter(format!(
                "1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64",
                name.name
            ))
            .into());
        }
        Ok(name)
    }

    fn check(&self, rows: &dyn Rows, context: &Context) -> Result<Source<'_>, Failure> {
        if self.package_type.as_deref() == Some("Image") || self.code.image_uri.is_some() {
            return Err(errors::invalid_parameter(
                "Functions of package type Image are not supported. Please provide a zip archive.",
            )
            .into());
        }
        if self.runtime.is_none() || self.handler.is_none() {
            return Err(errors::invalid_parameter(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            )
            .into());
        }
        self.settings().check(rows, context)?;
        check_layers(self.layers.as_deref())?;
        if self.file_system_configs.as_ref().is_some_and(|configs| !configs.is_empty()) {
            return Err(errors::invalid_parameter("File systems are not supported.").into());
        }
        tags::check_limit(self.tags.len())?;
        let zip_file = self.code.zip_file.as_ref();
        let (bucket, key) = (self.code.s3_bucket.as_deref(), self.code.s3_key.as_deref());
        Source::of(zip_file, bucket, key, rows, context)
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            runtime: self.runtime.as_deref(),
            role: Some(&self.role),
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

    fn function(&self, name: &FunctionName, id: u64) -> Function {
        Function {
            id,
            account: name.scope.account.to_string(),
            region: name.scope.region.to_string(),
            name: name.name.clone(),
            last_version: 0,
            last_fingerprint: None,
            tags: self.tags.clone(),
            reserved_concurrency: None,
        }
    }

    fn configuration(&self, function: &str, code: Code) -> Configuration {
        let mut configuration = Configuration {
            runtime: String::new(),
            role: String::new(),
            handler: String::new(),
            code,
            description: String::new(),
            timeout_s: 3,
            memory_mb: 128,
            environment: None,
            kms_key_arn: None,
            tracing_mode: "PassThrough".to_owned(),
            dead_letter_arn: None,
            architecture: first(self.architectures.as_deref()).unwrap_or("x86_64").to_owned(),
            ephemeral_storage_mb: 512,
            layers: Vec::new(),
            vpc: None,
            snap_start: "None".to_owned(),
            logging: logging::default(function),
        };
        self.settings().apply(&mut configuration);
        configuration
    }
}

/// Adds what the model demands of architectures.
pub fn check_architectures(
    constraints: &mut stepwell_wire::constraints::Constraints,
    architectures: Option<&[String]>,
) {
    let Some(architectures) = architectures else { return };
    let shown = stepwell_wire::constraints::shown_list(architectures);
    constraints.count("architectures", &shown, architectures.len(), 1..=1);
    if architectures.iter().any(|architecture| architecture != "x86_64" && architecture != "arm64") {
        let rule = "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]";
        constraints.violated("architectures", Some(&shown), rule);
    }
}

/// The one architecture that is given.
pub fn first(architectures: Option<&[String]>) -> Option<&str> {
    architectures.and_then(<[String]>::first).map(String::as_str)
}

/// Owes that a function's newest configuration is made ready to run.
pub fn owe_preparation(function: &Function, version: &Version, tx: &mut Tx) {
    tx.owe(Effect::PrepareFunction(PrepareFunction {
        account: function.account.clone(),
        region: function.region.clone(),
        function: function.name.clone(),
        revision: version.revision.clone(),
    }));
}
