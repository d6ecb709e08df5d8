//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
//!
//! A role that isn't there is refused like one that doesn't trust the caller. Unlike AWS, the root of an account may
//! assume roles: it is who calls where no one signs in.

use crate::calls::assume::{caller_keys, principal, trusts};
use crate::calls::credentials::{Holder, mint};
use crate::calls::iam_model::{Role, Tag};
use crate::calls::session::Session;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sts::shapes::{CredentialsShape, access_denied, constraints, invalid_parameter};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use stepwell_wire::constraints::{Pattern, shown_list};
use stepwell_wire::{ApiError, Arn, Constraints};

static SESSION_NAME: Pattern = Pattern::new(r"[\w+=,.@-]*");
static EXTERNAL_ID: Pattern = Pattern::new(r"[\w+=,.@:\/-]*");
static TAG_KEY: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
static TAG_VALUE: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");

/// A session of a session ends after this long at most.
const CHAINED_S: u64 = 3600;
/// Characters of policies and tags that make a packed policy of a hundred per cent.
const PACKED: usize = 2048;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRole {
    pub role_arn: String,
    pub role_session_name: String,
    #[serde(default)]
    pub policy_arns: Vec<PolicyDescriptor>,
    pub policy: Option<String>,
    pub duration_seconds: Option<i64>,
    #[serde(default)]
    pub tags: Vec<Tag>,
    #[serde(default)]
    pub transitive_tag_keys: Vec<String>,
    pub external_id: Option<String>,
    pub source_identity: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct PolicyDescriptor {
    pub arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleOutput {
    pub credentials: CredentialsShape,
    pub assumed_role_user: AssumedRoleUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packed_policy_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumedRoleUser {
    pub assumed_role_id: String,
    pub arn: String,
}

impl Read for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    type Output = AssumeRoleOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<AssumeRoleOutput, Failure> {
        self.check()?;
        let session = self.session(context)?;
        let role = self.trusted_role(&session, rows, context)?;
        let duration_s = self.duration_s(&role, &session)?;
        let session = Session { issuer_arn: role.arn(), ..session };
        let packed_policy_size = self.packed_policy_size();
        let Role { account, name, id, .. } = role;
        let session_name = self.role_session_name.clone();
        let assumed_role_user = AssumedRoleUser {
            assumed_role_id: format!("{id}:{session_name}"),
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"),
        };
        let holder = Holder::Role { name, id, session_name };
        let credentials = mint(&account, holder, duration_s, session, context).into();
        let source_identity = self.source_identity.clone();
        Ok(AssumeRoleOutput { credentials, assumed_role_user, packed_policy_size, source_identity })
    }
}

impl AssumeRole {
    fn check(&self) -> Result<(), ApiError> {
        let mut constraints = constraints();
        constraints
            .length("roleArn", &self.role_arn, 20..=2048)
            .length("roleSessionName", &self.role_session_name, 2..=64)
            .pattern("roleSessionName", &self.role_session_name, &SESSION_NAME);
        if let Some(seconds) = self.duration_seconds {
            constraints.range("durationSeconds", seconds, 900..=43_200);
        }
        if let Some(id) = &self.external_id {
            constraints.length("externalId", id, 2..=1224).pattern("externalId", id, &EXTERNAL_ID);
        }
        if let Some(identity) = &self.source_identity {
            constraints.length("sourceIdentity", identity, 2..=64).pattern(
                "sourceIdentity",
                identity,
                &SESSION_NAME,
            );
        }
        self.check_tags(&mut constraints);
        constraints.finish()
    }

    fn check_tags(&self, constraints: &mut Constraints) {
        if self.tags.len() > 50 {
            let shown =
                shown_list(self.tags.iter().map(|tag| format!("Tag(key={}, value={})", tag.key, tag.value)));
            constraints.count("tags", &shown, self.tags.len(), 0..=50);
        }
        for (index, tag) in self.tags.iter().enumerate() {
            let path = |member| format!("tags.{}.member.{member}", index + 1);
            constraints
                .length(&path("key"), &tag.key, 1..=128)
                .pattern(&path("key"), &tag.key, &TAG_KEY)
                .length(&path("value"), &tag.value, 0..=256)
                .pattern(&path("value"), &tag.value, &TAG_VALUE);
        }
    }

    /// What the new session carries: its tags, those that the caller's session hands on, and its policies.
    fn session(&self, context: &Context) -> Result<Session, ApiError> {
        let own = context.request.caller.session.as_deref();
        let is_same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let mut keys = HashSet::new();
        if !self.tags.iter().all(|tag| keys.insert(tag.key.to_lowercase())) {
            return Err(invalid_parameter(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if !self.transitive_tag_keys.iter().all(|key| keys.contains(&key.to_lowercase())) {
            return Err(invalid_parameter(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        let inherited = own.map(|own| own.transitive_tag_keys.as_slice()).unwrap_or_default();
        if self.tags.iter().any(|tag| inherited.iter().any(|key| is_same(key, &tag.key))) {
            return Err(invalid_parameter(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        let handed_on = own.iter().flat_map(|own| &own.tags);
        let handed_on = handed_on.filter(|(key, _)| inherited.iter().any(|one| is_same(one, key)));
        let mut tags: std::collections::BTreeMap<_, _> =
            handed_on.map(|(key, value)| (key.clone(), value.clone())).collect();
        tags.extend(self.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
        Ok(Session {
            issuer_arn: String::new(),
            tags,
            transitive_tag_keys: [inherited, &self.transitive_tag_keys].concat(),
            policies: self.session_policy()?.into_iter().collect(),
            policy_arns: self.policy_arns.iter().filter_map(|policy| policy.arn.clone()).collect(),
            is_chained: context.request.caller.arn.contains(":assumed-role/"),
        })
    }

    fn session_policy(&self) -> Result<Option<String>, ApiError> {
        let Some(policy) = &self.policy else { return Ok(None) };
        crate::calls::check_identity_policy(policy)?;
        if policy.chars().count() > PACKED {
            let text = format!(
                "1 validation error detected: Value '{policy}' at 'policy' failed to satisfy constraint: Member must have length less than or equal to {PACKED}"
            );
            return Err(ApiError::validation(text));
        }
        Ok(Some(policy.clone()))
    }

    fn trusted_role(&self, session: &Session, rows: &dyn Rows, context: &Context) -> Result<Role, Failure> {
        let parsed = Arn::parse(&self.role_arn)
            .filter(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
        if parsed.is_none() {
            return Err(ApiError::validation(format!("{} is invalid", self.role_arn)).into());
        }
        let Some(role) = Role::by_arn(&self.role_arn, rows)? else {
            return Err(self.denied("sts:AssumeRole", context).into());
        };
        let caller = &context.request.caller;
        let mut keys = caller_keys(caller, context)
            .with("sts:RoleSessionName", &self.role_session_name)
            .with_all("sts:TransitiveTagKeys", session.transitive_tag_keys.clone());
        if let Some(id) = &self.external_id {
            keys = keys.with("sts:ExternalId", id);
        }
        if let Some(identity) = &self.source_identity {
            keys = keys.with("sts:SourceIdentity", identity);
        }
        if !self.tags.is_empty() {
            keys = keys.with_all("aws:TagKeys", self.tags.iter().map(|tag| tag.key.clone()).collect());
        }
        for tag in &self.tags {
            keys = keys.with(&format!("aws:RequestTag/{}", tag.key), &tag.value);
        }
        let tagged = (!self.tags.is_empty()).then_some("sts:TagSession");
        for action in ["sts:AssumeRole"].into_iter().chain(tagged) {
            if !trusts(&role, principal(caller), action, || keys.clone())? {
                return Err(self.denied(action, context).into());
            }
        }
        Ok(role)
    }

    fn denied(&self, action: &str, context: &Context) -> ApiError {
        let caller = &context.request.caller.arn;
        access_denied(format!(
            "User: {caller} is not authorized to perform: {action} on resource: {}",
            self.role_arn
        ))
    }

    fn duration_s(&self, role: &Role, session: &Session) -> Result<u64, ApiError> {
        let Some(asked_s) = self.duration_seconds else { return Ok(3600) };
        let asked_s = u64::try_from(asked_s).unwrap_or_default();
        if session.is_chained && asked_s > CHAINED_S {
            return Err(ApiError::validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            ));
        }
        if asked_s > role.max_session_s {
            return Err(ApiError::validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        Ok(asked_s)
    }

    /// How full the room for policies and tags is, in per cent.
    fn packed_policy_size(&self) -> Option<usize> {
        let policies = self.policy.iter().map(String::len);
        let arns = self.policy_arns.iter().filter_map(|policy| policy.arn.as_ref()).map(String::len);
        let tags = self.tags.iter().map(|tag| tag.key.len() + tag.value.len());
        let size: usize = policies.chain(arns).chain(tags).sum();
        (size > 0).then(|| (size * 100).div_ceil(PACKED))
    }
}
