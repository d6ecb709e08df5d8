//! What would policies decide: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
//! and <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>.
//!
//! The places of matched statements within their documents aren't told. A policy of AWS whose document isn't known here
//! can't be evaluated, which is said instead of guessing.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::aws_managed::AwsManaged;
use crate::iam::errors;
use crate::iam::managed;
use crate::iam::model::{Group, Policies, Role, User};
use crate::iam::names;
use crate::iam::owner::Kind;
use crate::iam::paging::Wanted;
use crate::iam::policy::evaluate::{applies, decide};
use crate::iam::policy::{Document, Effect, Keys, Principal, Question};
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use stepwell_wire::{ApiError, Arn};

/// Pairs of action and resource that one call looks at.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SimulatePrincipalPolicy {
    pub policy_source_arn: String,
    #[serde(default)]
    pub policy_input_list: Vec<String>,
    #[serde(default)]
    pub permissions_boundary_policy_input_list: Vec<String>,
    pub action_names: Vec<String>,
    #[serde(default)]
    pub resource_arns: Vec<String>,
    pub resource_policy: Option<String>,
    pub caller_arn: Option<String>,
    #[serde(default)]
    pub context_entries: Vec<ContextEntry>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SimulateCustomPolicy {
    pub policy_input_list: Vec<String>,
    #[serde(default)]
    pub permissions_boundary_policy_input_list: Vec<String>,
    pub action_names: Vec<String>,
    #[serde(default)]
    pub resource_arns: Vec<String>,
    pub resource_policy: Option<String>,
    pub caller_arn: Option<String>,
    #[serde(default)]
    pub context_entries: Vec<ContextEntry>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextEntry {
    pub context_key_name: String,
    #[serde(default)]
    pub context_key_values: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SimulateOutput {
    pub evaluation_results: Vec<EvaluationResult>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EvaluationResult {
    pub eval_action_name: String,
    pub eval_resource_name: String,
    pub eval_decision: &'static str,
    pub matched_statements: Vec<MatchedStatement>,
    pub missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_decision_detail: Option<BoundaryDecision>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MatchedStatement {
    pub source_policy_id: String,
    pub source_policy_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BoundaryDecision {
    pub allowed_by_permissions_boundary: bool,
}

/// A policy that has a say.
struct Source {
    id: String,
    kind: &'static str,
    document: Document,
}

/// What is asked, of whichever policies.
struct Simulation<'a> {
    sources: Vec<Source>,
    boundaries: Vec<Source>,
    resource_policy: Option<Document>,
    /// For the resource policy: who asks.
    principal: Option<Principal>,
    actions: &'a [String],
    resources: &'a [String],
    keys: Keys,
}

impl Read for SimulatePrincipalPolicy {
    const NAME: &'static str = "SimulatePrincipalPolicy";
    type Output = SimulateOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<SimulateOutput, Failure> {
        let (mut sources, mut boundaries) = sources_of(&self.policy_source_arn, rows, context)?;
        sources.extend(inputs(&self.policy_input_list, "PolicyInputList")?);
        if !self.permissions_boundary_policy_input_list.is_empty() {
            boundaries = inputs(&self.permissions_boundary_policy_input_list, BOUNDARY_LIST)?;
        }
        let caller = self.caller_arn.as_deref().unwrap_or(&self.policy_source_arn);
        let simulation = Simulation {
            sources,
            boundaries,
            resource_policy: self.resource_policy.as_deref().map(Document::parse).transpose()?,
            principal: principal(caller),
            actions: &self.action_names,
            resources: &self.resource_arns,
            keys: keys(&self.context_entries),
        };
        output(Self::NAME, &simulation, Wanted::new(&self.marker, self.max_items), context)
    }
}

impl Read for SimulateCustomPolicy {
    const NAME: &'static str = "SimulateCustomPolicy";
    type Output = SimulateOutput;

    fn read(&self, _: &dyn Rows, context: &mut Context) -> Result<SimulateOutput, Failure> {
        let simulation = Simulation {
            sources: inputs(&self.policy_input_list, "PolicyInputList")?,
            boundaries: inputs(&self.permissions_boundary_policy_input_list, BOUNDARY_LIST)?,
            resource_policy: self.resource_policy.as_deref().map(Document::parse).transpose()?,
            principal: self.caller_arn.as_deref().and_then(principal),
            actions: &self.action_names,
            resources: &self.resource_arns,
            keys: keys(&self.context_entries),
        };
        output(Self::NAME, &simulation, Wanted::new(&self.marker, self.max_items), context)
    }
}

const BOUNDARY_LIST: &str = "PermissionsBoundaryPolicyInputList";

fn output(
    list: &str,
    simulation: &Simulation,
    wanted: Wanted,
    context: &Context,
) -> Result<SimulateOutput, Failure> {
    let all = ["*".to_owned()];
    let resources = if simulation.resources.is_empty() { &all } else { simulation.resources };
    let pairs = simulation.actions.len().saturating_mul(resources.len());
    if pairs > MOST {
        let text = format!("A simulation looks at {MOST} pairs of action and resource at most");
        return Err(errors::invalid_input(text).into());
    }
    for action in simulation.actions {
        names::constraints().length("actionNames", action, 3..=128).finish()?;
        if !action.contains(':') {
            return Err(errors::invalid_input(format!("Invalid Action Name: {action}")).into());
        }
    }
    let pairs = simulation.actions.iter().flat_map(|action| resources.iter().map(move |one| (action, one)));
    let results = pairs.map(|(action, resource)| simulation.evaluate(action, resource)).collect();
    let page = wanted.of(list, results, context)?;
    let is_truncated = page.is_truncated();
    Ok(SimulateOutput { evaluation_results: page.items, is_truncated, marker: page.marker })
}

impl Simulation<'_> {
    fn evaluate(&self, action: &str, resource: &str) -> EvaluationResult {
        let question = |principal: Option<Principal>| Question {
            principal,
            action: action.to_owned(),
            resource: resource.to_owned(),
            keys: self.keys.clone(),
        };
        let own = question(None);
        let identity = combined(self.sources.iter().map(|source| decide(&source.document, &own)));
        let boundary = combined(self.boundaries.iter().map(|source| decide(&source.document, &own)));
        let resources = self.resource_policy.as_ref();
        let resources = resources.and_then(|document| decide(document, &question(self.principal.clone())));
        let is_bounded = !self.boundaries.is_empty();
        let is_denied = [identity, boundary, resources].contains(&Some(Effect::Deny));
        let is_allowed = (identity == Some(Effect::Allow)
            && (!is_bounded || boundary == Some(Effect::Allow)))
            || resources == Some(Effect::Allow);
        let detail = is_bounded
            .then_some(BoundaryDecision { allowed_by_permissions_boundary: boundary == Some(Effect::Allow) });
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: resource.to_owned(),
            eval_decision: match (is_denied, is_allowed) {
                (true, _) => "explicitDeny",
                (false, true) => "allowed",
                (false, false) => "implicitDeny",
            },
            matched_statements: self.matched(&own, is_denied),
            missing_context_values: self.missing_keys(),
            permissions_boundary_decision_detail: detail,
        }
    }

    /// The statements that led to the decision: of a denial only those that deny.
    fn matched(&self, question: &Question, is_denied: bool) -> Vec<MatchedStatement> {
        let mut matched = Vec::new();
        for source in &self.sources {
            let version = source.document.version;
            let counts = |statement: &&crate::iam::policy::Statement| {
                (statement.effect == Effect::Deny) == is_denied && applies(statement, version, question)
            };
            let shown =
                |_| MatchedStatement { source_policy_id: source.id.clone(), source_policy_type: source.kind };
            matched.extend(source.document.statements.iter().filter(counts).map(shown));
        }
        matched
    }

    /// The keys that conditions ask for and that weren't given.
    fn missing_keys(&self) -> Vec<String> {
        let documents = self.sources.iter().chain(&self.boundaries).map(|source| &source.document);
        let statements = documents.chain(&self.resource_policy).flat_map(|document| &document.statements);
        let keys = statements.flat_map(|statement| &statement.conditions).map(|condition| &condition.key);
        let missing: BTreeSet<_> = keys.filter(|key| self.keys.values(key).is_none()).collect();
        missing.into_iter().cloned().collect()
    }
}

fn combined(decisions: impl Iterator<Item = Option<Effect>>) -> Option<Effect> {
    decisions.fold(None, |all, one| match (all, one) {
        (Some(Effect::Deny), _) | (_, Some(Effect::Deny)) => Some(Effect::Deny),
        (None, one) => one,
        (all, _) => all,
    })
}

fn keys(entries: &[ContextEntry]) -> Keys {
    entries.iter().fold(Keys::default(), |keys, entry| {
        keys.with_all(&entry.context_key_name, entry.context_key_values.clone())
    })
}

fn principal(arn: &str) -> Option<Principal> {
    let account = Arn::parse(arn)?.account;
    Some(Principal::Aws { arns: vec![arn.to_owned()], account })
}

fn inputs(documents: &[String], list: &str) -> Result<Vec<Source>, ApiError> {
    let source = |(index, text): (usize, &String)| {
        let document = Document::parse(text)?;
        Ok(Source { id: format!("{list}.{}", index + 1), kind: "none", document })
    };
    documents.iter().enumerate().map(source).collect()
}

/// The policies of a user (and of its groups), a group or a role, and its boundary.
fn sources_of(arn: &str, rows: &dyn Rows, context: &Context) -> Result<(Vec<Source>, Vec<Source>), Failure> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == context.account());
    let parsed = parsed.ok_or_else(|| errors::invalid_input(format!("Invalid Entity Arn: {arn}")))?;
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    let mut sources = Vec::new();
    let boundary = match parsed.resource_type() {
        Some(("role", _)) => {
            let role = Role::by_name(context.account(), name, rows)?;
            add(Kind::Role, &role.name, &role.policies, &mut sources, rows, context)?;
            role.permissions_boundary
        }
        Some(("user", _)) => {
            let user = User::by_name(context.account(), name, rows)?;
            add(Kind::User, &user.name, &user.policies, &mut sources, rows, context)?;
            for group in &user.groups {
                let group = Group::by_name(context.account(), group, rows)?;
                add(Kind::Group, &group.name, &group.policies, &mut sources, rows, context)?;
            }
            user.permissions_boundary
        }
        Some(("group", _)) => {
            let group = Group::by_name(context.account(), name, rows)?;
            add(Kind::Group, &group.name, &group.policies, &mut sources, rows, context)?;
            None
        }
        _ => return Err(errors::invalid_input(format!("Invalid Entity Arn: {arn}")).into()),
    };
    let mut boundaries = Vec::new();
    if let Some(boundary) = boundary {
        boundaries.push(managed_source(&boundary, rows, context)?);
    }
    Ok((sources, boundaries))
}

fn add(
    kind: Kind,
    name: &str,
    policies: &Policies,
    sources: &mut Vec<Source>,
    rows: &dyn Rows,
    context: &Context,
) -> Result<(), Failure> {
    for (policy, text) in &policies.inline {
        let document = stored(text, policy)?;
        sources.push(Source { id: format!("{}_{name}_{policy}", kind.noun()), kind: kind.noun(), document });
    }
    for arn in &policies.attached {
        sources.push(managed_source(arn, rows, context)?);
    }
    Ok(())
}

fn managed_source(arn: &str, rows: &dyn Rows, context: &Context) -> Result<Source, Failure> {
    let text = managed::document(arn, rows, context)?.ok_or_else(|| {
        let text = format!("The document of the policy {arn} is not known here, so it can not be evaluated");
        ApiError::new("PolicyEvaluation", 500, text)
    })?;
    let kind = if AwsManaged::by_arn(arn).is_some() { "aws-managed" } else { "user-managed" };
    let id = arn.rsplit('/').next().unwrap_or(arn).to_owned();
    Ok(Source { document: stored(&text, &id)?, id, kind })
}

fn stored(text: &str, name: &str) -> Result<Document, Failure> {
    Document::parse(text).map_err(|error| Failure::broken(format!("the policy `{name}`: {error}")))
}
