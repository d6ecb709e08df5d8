//! Roles that belong to a service: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html>
//! and its siblings.
//!
//! Deleting one is a task on AWS, which may take its time; here it is done at once, and its id proves that it was ours.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::create_role::RoleOutput;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::keys::PolicyUse;
use crate::iam::managed::{forget_use, note_use};
use crate::iam::model::{Policies, Role, SERVICE_ROLE_PATH};
use crate::iam::owner::Kind;
use crate::iam::shapes::RoleShape;
use crate::iam::{errors, names};
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::secrets::{Purpose, Secrets};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stepwell_wire::ids::uuid;

/// Service (without `.amazonaws.com`), its role, the role's policy.
const ROLES: &[(&str, &str, &str)] = &[
    (
        "accountdiscovery.ssm",
        "AWSServiceRoleForAmazonSSM_AccountDiscovery",
        "AWSSystemsManagerAccountDiscoveryServicePolicy",
    ),
    ("acm", "AWSServiceRoleForCertificateManager", "CertificateManagerServiceRolePolicy"),
    ("appmesh", "AWSServiceRoleForAppMesh", "AWSAppMeshServiceRolePolicy"),
    ("autoscaling", "AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
    (
        "autoscaling-plans",
        "AWSServiceRoleForAutoScalingPlans_EC2AutoScaling",
        "AWSAutoScalingPlansEC2AutoScalingPolicy",
    ),
    ("backup", "AWSServiceRoleForBackup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    ("batch", "AWSServiceRoleForBatch", "BatchServiceRolePolicy"),
    (
        "cks.kms",
        "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    ("cloudtrail", "AWSServiceRoleForCloudTrail", "CloudTrailServiceRolePolicy"),
    (
        "codestar-notifications",
        "AWSServiceRoleForCodeStarNotifications",
        "AWSCodeStarNotificationsServiceRolePolicy",
    ),
    ("config", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy"),
    ("connect", "AWSServiceRoleForAmazonConnect", "AmazonConnectServiceLinkedRolePolicy"),
    ("dms", "AWSServiceRoleForDMSServerless", "AWSDMSServerlessServiceRolePolicy"),
    ("dms-fleet-advisor", "AWSServiceRoleForDMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"),
    ("ec2-instance-connect", "AWSServiceRoleForEc2InstanceConnect", "Ec2InstanceConnectEndpoint"),
    (
        "ec2.application-autoscaling",
        "AWSServiceRoleForApplicationAutoScaling_EC2SpotFleetRequest",
        "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy",
    ),
    ("ecr", "AWSServiceRoleForECRTemplate", "ECRTemplateServiceRolePolicy"),
    ("ecs", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
    ("eks", "AWSServiceRoleForAmazonEKS", "AmazonEKSServiceRolePolicy"),
    ("eks-connector", "AWSServiceRoleForAmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"),
    ("eks-nodegroup", "AWSServiceRoleForAmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    ("elasticache", "AWSServiceRoleForElastiCache", "ElastiCacheServiceRolePolicy"),
    ("elasticbeanstalk", "AWSServiceRoleForElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    (
        "elasticfilesystem",
        "AWSServiceRoleForAmazonElasticFileSystem",
        "AmazonElasticFileSystemServiceRolePolicy",
    ),
    (
        "elasticloadbalancing",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    ("emr-containers", "AWSServiceRoleForAmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"),
    ("emrwal", "AWSServiceRoleForEMRWAL", "EMRDescribeClusterPolicyForEMRWAL"),
    ("fis", "AWSServiceRoleForFIS", "AmazonFISServiceRolePolicy"),
    ("grafana", "AWSServiceRoleForAmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"),
    ("imagebuilder", "AWSServiceRoleForImageBuilder", "AWSServiceRoleForImageBuilder"),
    (
        "iotmanagedintegrations",
        "AWSServiceRoleForIoTManagedIntegrations",
        "AWSIoTManagedIntegrationsRolePolicy",
    ),
    ("kafka", "AWSServiceRoleForKafka", "KafkaServiceRolePolicy"),
    ("lex", "AWSServiceRoleForLexBots", "AmazonLexBotPolicy"),
    ("lexv2", "AWSServiceRoleForLexV2Bots", "AmazonLexV2BotPolicy"),
    ("m2", "AWSServiceRoleForAWSM2", "AWSM2ServicePolicy"),
    ("mq", "AWSServiceRoleForAmazonMQ", "AmazonMQServiceRolePolicy"),
    (
        "mrk.kms",
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    (
        "observability.aoss",
        "AWSServiceRoleForAmazonOpenSearchServerless",
        "AmazonOpenSearchServerlessServiceRolePolicy",
    ),
    ("opensearchservice", "AWSServiceRoleForAmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    ("ops.apigateway", "AWSServiceRoleForAPIGateway", "APIGatewayServiceRolePolicy"),
    ("ops.emr-serverless", "AWSServiceRoleForAmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"),
    (
        "opsdatasync.ssm",
        "AWSServiceRoleForSystemsManagerOpsDataSync",
        "AWSSystemsManagerOpsDataSyncServiceRolePolicy",
    ),
    (
        "pullthroughcache.ecr",
        "AWSServiceRoleForECRPullThroughCache",
        "AWSECRPullThroughCache_ServiceRolePolicy",
    ),
    ("rds", "AWSServiceRoleForRDS", "AmazonRDSServiceRolePolicy"),
    ("redshift", "AWSServiceRoleForRedshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    (
        "replication.cassandra",
        "AWSServiceRoleForKeyspacesReplication",
        "KeyspacesReplicationServiceRolePolicy",
    ),
    ("replication.ecr", "AWSServiceRoleForECRReplication", "ECRReplicationServiceRolePolicy"),
    ("repository.sync.codeconnections", "AWSServiceRoleForGitSync", "AWSGitSyncServiceRolePolicy"),
    ("resource-explorer-2", "AWSServiceRoleForResourceExplorer", "AWSResourceExplorerServiceRolePolicy"),
    ("rolesanywhere", "AWSServiceRoleForRolesAnywhere", "AWSRolesAnywhereServicePolicy"),
    ("ses", "AWSServiceRoleForAmazonSES", "AmazonSESServiceRolePolicy"),
    ("shield", "AWSServiceRoleForAWSShield", "AWSShieldServiceRolePolicy"),
    ("ssm-incidents", "AWSServiceRoleForIncidentManager", "AWSIncidentManagerServiceRolePolicy"),
    ("sso", "AWSServiceRoleForSSO", "AWSSSOServiceRolePolicy"),
    (
        "vpcorigin.cloudfront",
        "AWSServiceRoleForCloudFrontVPCOrigin",
        "AWSCloudFrontVPCOriginServiceRolePolicy",
    ),
    ("waf", "AWSServiceRoleForWAFLogging", "WAFLoggingServiceRolePolicy"),
    ("waf-regional", "AWSServiceRoleForWAFRegionalLogging", "WAFRegionalLoggingServiceRolePolicy"),
    ("wafv2", "AWSServiceRoleForWAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
];

/// The services that take more than one role each, told apart by a suffix.
const WITH_SUFFIX: [&str; 3] = ["autoscaling", "connect", "lexv2"];

/// The descriptions that roles have if none is given.
const DESCRIPTIONS: [(&str, &str); 2] = [
    ("rds", "Allows Amazon RDS to manage AWS resources on your behalf"),
    (
        "sso",
        "Service-linked role used by AWS SSO to manage AWS resources, including IAM roles, policies and SAML IdP on your behalf.",
    ),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateServiceLinkedRole {
    #[serde(rename = "AWSServiceName")]
    pub aws_service_name: String,
    pub description: Option<String>,
    pub custom_suffix: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteServiceLinkedRole {
    pub role_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetServiceLinkedRoleDeletionStatus {
    pub deletion_task_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteServiceLinkedRoleOutput {
    pub deletion_task_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetServiceLinkedRoleDeletionStatusOutput {
    pub status: &'static str,
}

impl Command for CreateServiceLinkedRole {
    const NAME: &'static str = "CreateServiceLinkedRole";
    type Output = RoleOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<RoleOutput, Failure> {
        let service = &self.aws_service_name;
        let mut constraints = names::constraints();
        constraints.length("aWSServiceName", service, 1..=128);
        names::check_description(&mut constraints, self.description.as_deref());
        constraints.finish()?;
        let short = service.strip_suffix(".amazonaws.com").unwrap_or(service);
        let known = ROLES.iter().find(|(known, ..)| *known == short);
        let Some((_, name, policy)) = known.filter(|_| short != service) else {
            let text = format!("Service-linked roles are not supported for the service {service}");
            return Err(errors::invalid_input(text).into());
        };
        let name = self.name(name, short)?;
        if Role::find(context.account(), &name, tx)?.is_some() {
            let text = format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            );
            return Err(errors::invalid_input(text).into());
        }
        let default = DESCRIPTIONS.iter().find(|(known, _)| *known == short);
        let policy = format!("arn:aws:iam::aws:policy/aws-service-role/{policy}");
        let role = Role {
            account: context.account().to_owned(),
            path: format!("{SERVICE_ROLE_PATH}{service}/"),
            name,
            id: unique_id(Prefix::Role, &mut context.entropy),
            created_ms: context.now_ms,
            trust_policy: trust_policy(service),
            description: self.description.clone().or(default.map(|(_, text)| (*text).to_owned())),
            max_session_s: 3600,
            tags: Vec::new(),
            permissions_boundary: None,
            policies: Policies { attached: vec![policy.clone()], ..Policies::default() },
            instance_profiles: Vec::new(),
        };
        note_use(&policy, PolicyUse::Attachment, Kind::Role, &role.name, tx, context);
        tx.put(&role.key(), &role);
        let shape = RoleShape { max_session_duration: None, role_last_used: None, ..RoleShape::whole(&role) };
        Ok(RoleOutput { role: shape })
    }
}

impl CreateServiceLinkedRole {
    fn name(&self, name: &str, short: &str) -> Result<String, Failure> {
        let Some(suffix) = &self.custom_suffix else { return Ok(name.to_owned()) };
        if !WITH_SUFFIX.contains(&short) {
            let text = format!("Custom suffix is not allowed for {}", self.aws_service_name);
            return Err(errors::invalid_input(text).into());
        }
        let name = format!("{name}_{suffix}");
        names::check_name("roleName", &name, 64)?;
        Ok(name)
    }
}

fn trust_policy(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    ]})
    .to_string()
}

impl Command for DeleteServiceLinkedRole {
    const NAME: &'static str = "DeleteServiceLinkedRole";
    type Output = DeleteServiceLinkedRoleOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<DeleteServiceLinkedRoleOutput, Failure> {
        let role = Role::by_name(context.account(), &self.role_name, tx)?;
        if !role.is_service_linked() {
            return Err(errors::no_such("role", &self.role_name).into());
        }
        for policy in &role.policies.attached {
            forget_use(policy, PolicyUse::Attachment, Kind::Role, &role.name, tx, context);
        }
        tx.remove(&role.key());
        let task = format!("task{}{}", role.path, role.name);
        let nonce = context.entropy.bytes();
        let proof = proof(context.secrets, context.account(), &task, nonce);
        Ok(DeleteServiceLinkedRoleOutput { deletion_task_id: format!("{task}/{proof}") })
    }
}

impl Read for GetServiceLinkedRoleDeletionStatus {
    const NAME: &'static str = "GetServiceLinkedRoleDeletionStatus";
    type Output = GetServiceLinkedRoleDeletionStatusOutput;

    fn read(
        &self,
        _: &dyn Rows,
        context: &mut Context,
    ) -> Result<GetServiceLinkedRoleDeletionStatusOutput, Failure> {
        let id = &self.deletion_task_id;
        names::constraints().length("deletionTaskId", id, 1..=1000).finish()?;
        let is_ours = id.rsplit_once('/').is_some_and(|(task, given)| {
            nonce(given).is_some_and(|nonce| proof(context.secrets, context.account(), task, nonce) == given)
        });
        if !is_ours {
            return Err(errors::no_such_entity(format!("Deletion id {id} cannot be found.")).into());
        }
        Ok(GetServiceLinkedRoleDeletionStatusOutput { status: "SUCCEEDED" })
    }
}

/// A UUID that begins with `nonce` and goes on with a tag over the task and it.
fn proof(secrets: &Secrets, account: &str, task: &str, nonce: [u8; 4]) -> String {
    let message = [account.as_bytes(), b"\0", task.as_bytes(), b"\0", &nonce].concat();
    let mut bytes = secrets.tag(Purpose::DeletionTask, &message);
    bytes[..4].copy_from_slice(&nonce);
    uuid(bytes)
}

/// The first four bytes of a UUID.
fn nonce(uuid: &str) -> Option<[u8; 4]> {
    u32::from_str_radix(uuid.get(..8)?, 16).ok().map(u32::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::aws_managed::AwsManaged;

    #[test]
    fn each_role_has_a_policy_of_aws() {
        assert!(ROLES.is_sorted_by_key(|(service, ..)| *service));
        for (service, _, policy) in ROLES {
            let arn = format!("arn:aws:iam::aws:policy/aws-service-role/{policy}");
            assert!(AwsManaged::by_arn(&arn).is_some(), "{service}");
        }
    }
}
