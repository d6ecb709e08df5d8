//! The function configuration object, as every operation on a function answers with it.

use crate::lambda::code::Code;
use crate::lambda::model::{Function, Reason, Version, Vpc};
use crate::lambda::settings::{DeadLetterConfig, EphemeralStorage, LoggingConfig, TracingConfig};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::Digest;
use std::collections::BTreeMap;
use stepwell_wire::time;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionConfiguration {
    pub function_name: String,
    pub function_arn: String,
    pub runtime: String,
    pub role: String,
    pub handler: String,
    pub code_size: u64,
    pub description: String,
    pub timeout: u32,
    pub memory_size: u32,
    pub last_modified: String,
    pub code_sha256: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfigResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentResponse>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    pub tracing_config: TracingConfig,
    pub revision_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_status_reason_code: Option<String>,
    pub package_type: &'static str,
    pub architectures: Vec<String>,
    pub ephemeral_storage: EphemeralStorage,
    pub snap_start: SnapStartResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_version_config: Option<RuntimeVersionConfig>,
    pub logging_config: LoggingConfig,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnvironmentResponse {
    pub variables: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcConfigResponse {
    pub subnet_ids: Vec<String>,
    pub security_group_ids: Vec<String>,
    pub vpc_id: String,
    pub ipv6_allowed_for_dual_stack: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerReference {
    pub arn: String,
    pub code_size: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SnapStartResponse {
    pub apply_on: String,
    pub optimization_status: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuntimeVersionConfig {
    pub runtime_version_arn: String,
}

impl FunctionConfiguration {
    /// As the operations on one function show it; `qualifier` ends its ARN.
    #[must_use]
    pub fn new(function: &Function, version: &Version, qualifier: Option<&str>) -> Self {
        let (state_reason_code, state_reason) = parts(version.state_reason.as_ref());
        let (last_update_code, last_update_reason) = parts(version.last_update_reason.as_ref());
        Self {
            state: Some(version.state.as_str()),
            state_reason,
            state_reason_code,
            last_update_status: version.last_update.map(|update| update.as_str()),
            last_update_status_reason: last_update_reason,
            last_update_status_reason_code: last_update_code,
            runtime_version_config: Some(runtime_version(&function.region, &version.configuration.runtime)),
            ..Self::listed(function, version, qualifier)
        }
    }

    /// As lists show it: without its state.
    #[must_use]
    pub fn listed(function: &Function, version: &Version, qualifier: Option<&str>) -> Self {
        let configuration = version.configuration.clone();
        let logging = configuration.logging;
        Self {
            function_name: function.name.clone(),
            function_arn: qualifier
                .map_or_else(|| function.arn(), |qualifier| function.qualified_arn(qualifier)),
            runtime: configuration.runtime,
            role: configuration.role,
            handler: configuration.handler,
            code_size: configuration.code.size,
            description: configuration.description,
            timeout: configuration.timeout_s,
            memory_size: configuration.memory_mb,
            last_modified: time::iso_millis_offset(i64::try_from(version.modified_ms).unwrap_or(i64::MAX)),
            code_sha256: shown_sha256(&configuration.code),
            version: version.name(),
            vpc_config: configuration.vpc.map(VpcConfigResponse::from),
            dead_letter_config: configuration
                .dead_letter_arn
                .map(|arn| DeadLetterConfig { target_arn: Some(arn) }),
            environment: configuration.environment.map(|variables| EnvironmentResponse { variables }),
            kms_key_arn: configuration.kms_key_arn,
            tracing_config: TracingConfig { mode: Some(configuration.tracing_mode) },
            revision_id: version.revision.clone(),
            layers: configuration
                .layers
                .into_iter()
                .map(|layer| LayerReference { arn: layer.arn, code_size: layer.code.size })
                .collect(),
            state: None,
            state_reason: None,
            state_reason_code: None,
            last_update_status: None,
            last_update_status_reason: None,
            last_update_status_reason_code: None,
            package_type: "Zip",
            architectures: vec![configuration.architecture],
            ephemeral_storage: EphemeralStorage { size: configuration.ephemeral_storage_mb.into() },
            snap_start: SnapStartResponse { apply_on: configuration.snap_start, optimization_status: "Off" },
            runtime_version_config: None,
            logging_config: LoggingConfig {
                log_format: Some(logging.format),
                application_log_level: logging.application_level,
                system_log_level: logging.system_level,
                log_group: Some(logging.group),
            },
        }
    }
}

/// A package's hash as AWS shows it.
#[must_use]
pub fn shown_sha256(code: &Code) -> String {
    STANDARD.encode(code.sha256)
}

fn parts(reason: Option<&Reason>) -> (Option<String>, Option<String>) {
    reason.map(|reason| (reason.code.clone(), reason.text.clone())).unzip()
}

/// One ARN for each runtime: here a runtime has one version, the one that is installed.
fn runtime_version(region: &str, runtime: &str) -> RuntimeVersionConfig {
    let hash = stepwell_wire::ids::hex(&sha2::Sha256::digest(runtime));
    RuntimeVersionConfig { runtime_version_arn: format!("arn:aws:lambda:{region}::runtime:{hash}") }
}

impl From<Vpc> for VpcConfigResponse {
    fn from(vpc: Vpc) -> Self {
        Self {
            subnet_ids: vpc.subnet_ids,
            security_group_ids: vpc.security_group_ids,
            vpc_id: String::new(),
            ipv6_allowed_for_dual_stack: vpc.ipv6_allowed,
        }
    }
}
