//! How an operation begins: its plan and the places of its resources are written, and its first turn is owed.

use super::run::Run;
use super::{Kind, Next, OnFailure, Phase, Plan, Requester};
use crate::cloudformation::deployment::Deployment;
use crate::cloudformation::model::{Configuration, Stack};
use crate::cloudformation::resource::{Change, Declared, Resource, Resources, Step, load_all};
use crate::cloudformation::status::StackStatus;
use crate::cloudformation::template::Node;
use crate::cloudformation::{change_set, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::rows::RowsExt;
use crate::timer::Timer;
use crate::tx::Tx;
use std::collections::BTreeSet;

const USER_INITIATED: &str = "User Initiated";

/// What an operation begins with, beside what it makes.
#[derive(Debug, Clone)]
pub struct Begin {
    pub role_arn: Option<String>,
    pub request_token: Option<String>,
    pub on_failure: OnFailure,
    pub change_set: Option<u64>,
    pub retain_except_on_create: bool,
}

impl Begin {
    fn plan(&self, kind: Kind, phase: Phase, context: &mut Context) -> Plan {
        Plan {
            kind,
            phase,
            requester: Requester::of(context, self.role_arn.as_deref()),
            token: context.entropy.uuid(),
            request_token: self.request_token.clone(),
            before: None,
            on_failure: self.on_failure,
            deadline_ms: None,
            imports: BTreeSet::new(),
            retain: Vec::new(),
            force: false,
            change_set: self.change_set,
            retain_except_on_create: self.retain_except_on_create,
        }
    }
}

/// Begins to make a new stack. Its configuration is set already.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn create(
    stack: Stack,
    begin: &Begin,
    deployment: &Deployment,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let mut plan = begin.plan(Kind::Create, Phase::Make, context);
    if begin.change_set.is_some() {
        change_set::outdate(&stack, begin.change_set, tx)?;
    }
    plan.deadline_ms = stack.timeout_minutes.map(|minutes| context.now_ms + minutes * 60_000);
    if let Some(deadline_ms) = plan.deadline_ms {
        tx.arm(deadline_ms, &Timer::Stack(stack.id));
    }
    let mut resources = Resources::new();
    place(&mut resources, deployment, context)?;
    let mut run = Run::begun(stack, plan, resources);
    run.enter(StackStatus::CreateInProgress, Some(USER_INITIATED.to_owned()), tx, context);
    run.save(Next::Turn, tx);
    Ok(())
}

/// Begins to change a stack into another configuration.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn update(
    mut stack: Stack,
    configuration: Configuration,
    begin: &Begin,
    deployment: &Deployment,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let mut plan = begin.plan(Kind::Update, Phase::Make, context);
    change_set::outdate(&stack, begin.change_set, tx)?;
    stack.updated_ms = Some(context.now_ms);
    plan.before = Some(std::mem::replace(&mut stack.configuration, configuration));
    let mut resources = load_all(stack.id, tx)?;
    for resource in resources.values_mut() {
        resource.step = Step::Leaving;
        resource.change = Change::Nothing;
        resource.declared_before = Some(resource.declared.clone());
    }
    place(&mut resources, deployment, context)?;
    let mut run = Run::begun(stack, plan, resources);
    run.enter(StackStatus::UpdateInProgress, Some(USER_INITIATED.to_owned()), tx, context);
    run.save(Next::Turn, tx);
    Ok(())
}

/// Gives every resource of a template its place in the plan.
fn place(resources: &mut Resources, deployment: &Deployment, context: &Context) -> Result<(), Failure> {
    let scope = deployment.scope()?;
    for (logical_id, declared) in scope.active() {
        let resource = resources
            .entry(logical_id.to_owned())
            .or_insert_with(|| Resource::new(logical_id, &declared.resource_type, context.now_ms));
        resource.step = Step::Waiting;
        resource.resource_type.clone_from(&declared.resource_type);
        resource.declared = Declared {
            deletion_policy: declared.deletion_policy.into(),
            update_replace_policy: declared.update_replace_policy.into(),
            metadata: declared.metadata.as_ref().map(Node::to_json).map(|metadata| metadata.to_string()),
        };
    }
    Ok(())
}

/// Begins to take a stack away, in the middle of its making if need be.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn delete(
    stack: Stack,
    begin: &Begin,
    retain: Vec<String>,
    force: bool,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let mut plan = begin.plan(Kind::Delete, Phase::Delete, context);
    (plan.retain, plan.force) = (retain, force);
    // What a creation under way imports so far is let go at the end.
    if let Some(running) = tx.row::<Plan>(&keys::plan(stack.id))? {
        plan.imports = running.imports;
    }
    let resources = load_all(stack.id, tx)?;
    let mut run = Run::begun(stack, plan, resources);
    run.enter(StackStatus::DeleteInProgress, Some(USER_INITIATED.to_owned()), tx, context);
    run.leave_all(Phase::Delete)?;
    run.save(Next::Turn, tx);
    Ok(())
}
