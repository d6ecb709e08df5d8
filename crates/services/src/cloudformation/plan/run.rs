//! One turn of a plan in memory: the stack, its plan and its resources, and which of them have to be written.

use super::{Kind, Next, OnFailure, Phase, Plan, RESOURCES_PER_TURN, finish, go_on};
use crate::cloudformation::events::{ResourceEvent, tell_resource, tell_stack};
use crate::cloudformation::keys;
use crate::cloudformation::model::Stack;
use crate::cloudformation::resource::{Physical, Resource, Resources, Step, load_all};
use crate::cloudformation::resources::{self, Problem, ResourceType, Wanted, reason};
use crate::cloudformation::status::{ResourceStatus, StackStatus};
use crate::context::{Caller, Context};
use crate::failure::Failure;
use crate::tx::Tx;
use indexmap::IndexSet;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub struct Run {
    pub stack: Stack,
    pub plan: Plan,
    pub resources: Resources,
    /// Logical ids of resources whose rows are to be written, or removed where they aren't in `resources` any more.
    touched: IndexSet<String>,
    left: usize,
}

impl Run {
    pub fn load(stack: u64, plan: Plan, tx: &Tx) -> Result<Self, Failure> {
        Ok(Self {
            stack: Stack::load(stack, tx)?,
            plan,
            resources: load_all(stack, tx)?,
            touched: IndexSet::new(),
            left: RESOURCES_PER_TURN,
        })
    }

    /// A run that begins.
    pub fn begun(stack: Stack, plan: Plan, resources: Resources) -> Self {
        let touched = resources.keys().cloned().collect();
        Self { stack, plan, resources, touched, left: RESOURCES_PER_TURN }
    }

    /// Writes what changed, and owes the next turn if there is one.
    pub fn save(self, next: Next, tx: &mut Tx) {
        let key = keys::plan(self.stack.id);
        match next {
            Next::Over if self.plan.phase == Phase::Stuck => tx.put(&key, &self.plan),
            Next::Over => tx.remove(&key),
            Next::Turn | Next::Wait => tx.put(&key, &self.plan),
        }
        if next == Next::Turn {
            go_on(self.stack.id, tx);
        }
        for logical_id in &self.touched {
            let key = keys::resource(self.stack.id, logical_id);
            match self.resources.get(logical_id) {
                Some(resource) => tx.put(&key, resource),
                None => tx.remove(&key),
            }
        }
        self.stack.put(tx);
    }

    /// Whether this turn may do one more resource.
    pub fn may_go_on(&self) -> bool {
        self.left > 0
    }

    /// Counts a resource.
    pub fn spend(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// A resource, to be changed.
    pub fn resource(&mut self, logical_id: &str) -> Result<&mut Resource, Failure> {
        self.touched.insert(logical_id.to_owned());
        self.resources
            .get_mut(logical_id)
            .ok_or_else(|| Failure::broken(format!("a plan without the resource {logical_id}")))
    }

    pub fn forget(&mut self, logical_id: &str) {
        self.touched.insert(logical_id.to_owned());
        self.resources.shift_remove(logical_id);
    }

    pub fn is_too_late(&self, context: &Context) -> bool {
        let is_making = self.plan.kind == Kind::Create && self.plan.phase == Phase::Make;
        is_making && self.plan.deadline_ms.is_some_and(|deadline| deadline <= context.now_ms)
    }

    /// Brings the stack into a status, and tells so.
    pub fn enter(&mut self, status: StackStatus, reason: Option<String>, tx: &mut Tx, context: &mut Context) {
        self.stack.status = status;
        self.stack.status_reason = reason;
        tell_stack(&self.stack, self.plan.request_token.as_deref(), tx, context);
    }

    /// Brings a resource into a status, and tells so with the physical id that it has now.
    pub fn tell(
        &mut self,
        logical_id: &str,
        status: ResourceStatus,
        reason: Option<&str>,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let physical_id = self.resource(logical_id)?.physical_id().unwrap_or_default().to_owned();
        self.tell_of(logical_id, &physical_id, status, reason, tx, context)
    }

    /// The same, of a certain physical resource.
    pub fn tell_of(
        &mut self,
        logical_id: &str,
        physical_id: &str,
        status: ResourceStatus,
        reason: Option<&str>,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let resource = self.resource(logical_id)?;
        let (resource_type, properties_event) = (resource.resource_type.clone(), resource.properties_event);
        let event = ResourceEvent {
            logical_id,
            physical_id,
            resource_type: &resource_type,
            reason,
            properties: None,
            properties_event,
        };
        tell_resource(&mut self.stack, status, event, self.plan.request_token.as_deref(), tx, context);
        self.set_status(logical_id, status, reason, context)
    }

    /// Tells that a resource is begun, with its properties, to which its later events refer.
    pub fn tell_begun(
        &mut self,
        logical_id: &str,
        status: ResourceStatus,
        reason: Option<&str>,
        properties: String,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let resource = self.resource(logical_id)?;
        let resource_type = resource.resource_type.clone();
        let physical_id = resource.physical_id().unwrap_or_default().to_owned();
        let event = ResourceEvent {
            logical_id,
            physical_id: &physical_id,
            resource_type: &resource_type,
            reason,
            properties: Some(properties),
            properties_event: None,
        };
        let token = self.plan.request_token.as_deref();
        let number = tell_resource(&mut self.stack, status, event, token, tx, context);
        self.resource(logical_id)?.properties_event = Some(number);
        self.set_status(logical_id, status, reason, context)
    }

    fn set_status(
        &mut self,
        logical_id: &str,
        status: ResourceStatus,
        reason: Option<&str>,
        context: &Context,
    ) -> Result<(), Failure> {
        let now_ms = context.now_ms;
        let resource = self.resource(logical_id)?;
        resource.status = Some(status);
        resource.status_reason = reason.map(str::to_owned);
        resource.changed_ms = now_ms;
        Ok(())
    }

    /// The logical ids that failed to be made, changed or taken away, in order.
    pub fn failed(&self, status: ResourceStatus) -> Vec<&str> {
        let failed = |resource: &&Resource| resource.step == Step::Failed && resource.status == Some(status);
        let mut failed: Vec<_> = self.resources.values().filter(failed).collect();
        failed.sort_by_key(|resource| resource.changed_ms);
        failed.into_iter().map(|resource| resource.logical_id.as_str()).collect()
    }

    /// What of this operation happens to a resource, as a number that nobody else has and that is always the same.
    fn seed(&self, logical_id: &str) -> [u8; 16] {
        let parts = [self.stack.uuid.as_str(), logical_id, self.plan.token.as_str()];
        let digest: [u8; 32] = Sha256::digest(parts.join("\0")).into();
        std::array::from_fn(|index| digest[index])
    }

    /// The token of the request to a handler, as errors show it.
    fn token(&self, logical_id: &str) -> String {
        stepwell_wire::ids::uuid(self.seed(logical_id))
    }

    pub fn wanted(&self, known: &ResourceType, logical_id: &str, properties: Map<String, Value>) -> Wanted {
        let tags = &self.stack.configuration.tags;
        known.wanted(&self.stack, logical_id, properties, tags, self.seed(logical_id))
    }

    /// A resource as it was, wanted again.
    pub fn wanted_again(
        &self,
        known: &ResourceType,
        logical_id: &str,
        before: &Physical,
    ) -> Result<Wanted, Failure> {
        let seed = self.seed(logical_id);
        Ok(known.wanted(&self.stack, logical_id, before.properties()?, &before.stack_tags, seed))
    }

    /// Asks a handler in the name of the stack's role or caller. What it wrote is undone if it refuses; then the reason is
    /// given.
    pub fn ask_handler<T>(
        &self,
        logical_id: &str,
        known: &ResourceType,
        tx: &mut Tx,
        context: &mut Context,
        work: impl FnOnce(&mut Tx, &mut Context) -> Result<T, Problem>,
    ) -> Result<Result<T, String>, Failure> {
        let maker: Caller = match self.plan.requester.maker(&self.stack.arn(), tx, context)? {
            Ok(maker) => maker,
            Err(reason) => return Ok(Err(reason)),
        };
        let savepoint = tx.savepoint();
        let scope = context.scope().clone();
        let problem = match context.acting_as(maker, scope, |context| work(tx, context)) {
            Ok(answer) => return Ok(Ok(answer)),
            Err(problem) => problem,
        };
        tx.roll_back(savepoint);
        Ok(Err(match problem {
            Problem::Properties(faults) => format!("Property validation failure: [{}]", faults.join(", ")),
            Problem::Refused(refusal) => {
                reason(&refusal, known, &self.token(logical_id), &context.entropy.uuid())
            }
            // A store that failed is no reason to keep a stack for ever in its status.
            Problem::Failure(Failure::Broken(reason)) => {
                tracing::error!(stack = self.stack.name, logical_id, "{reason}");
                "Internal Failure".to_owned()
            }
            Problem::Failure(failure) => return Err(failure),
        }))
    }

    pub fn known_type(&self, logical_id: &str) -> Result<&'static ResourceType, Failure> {
        let name = self.resources.get(logical_id).map_or("", |resource| resource.resource_type.as_str());
        resources::find(name).ok_or_else(|| Failure::broken(format!("a resource of type {name}")))
    }

    /// Ends the making of the stack: what was made so far stays or goes, as the caller wanted.
    pub fn fail(&mut self, reason: &str, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
        let on_failure = self.plan.on_failure;
        let of_create = self.plan.kind == Kind::Create;
        let by_user = |verb: &str| match reason {
            "" => format!("{verb} requested by user."),
            _ => format!("{}. {verb} requested by user.", reason.trim_end().trim_end_matches('.')),
        };
        match (of_create, on_failure) {
            (true, OnFailure::DoNothing) => {
                self.enter(StackStatus::CreateFailed, Some(reason.to_owned()), tx, context);
                finish::stop(self, tx)
            }
            (true, OnFailure::Rollback) => {
                self.enter(StackStatus::RollbackInProgress, Some(by_user("Rollback")), tx, context);
                self.leave_all(Phase::RollBack)
            }
            (true, OnFailure::Delete) => {
                self.enter(StackStatus::DeleteInProgress, Some(by_user("Delete")), tx, context);
                self.leave_all(Phase::Delete)
            }
            (false, OnFailure::DoNothing) => {
                self.enter(StackStatus::UpdateFailed, Some(reason.to_owned()), tx, context);
                finish::stop(self, tx)
            }
            (false, _) => {
                self.enter(StackStatus::UpdateRollbackInProgress, Some(reason.to_owned()), tx, context);
                self.plan.phase = Phase::Undo;
                Ok(Next::Turn)
            }
        }
    }

    /// From here on everything goes.
    pub fn leave_all(&mut self, phase: Phase) -> Result<Next, Failure> {
        self.plan.phase = phase;
        for logical_id in self.resources.keys().cloned().collect::<Vec<_>>() {
            self.resource(&logical_id)?.step = Step::Leaving;
        }
        Ok(Next::Turn)
    }

    /// Texts that no event may show.
    pub fn hidden(&self, text: String) -> String {
        let secrets = self.stack.configuration.parameters.iter().filter(|parameter| parameter.no_echo);
        let mut secrets: Vec<_> = secrets.map(|parameter| parameter.value.as_str()).collect();
        // A longer secret may hold a shorter one.
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        let shown = secrets.into_iter().filter(|secret| !secret.is_empty());
        shown.fold(text, |text, secret| text.replace(secret, "****"))
    }
}
