//! Resources are made and changed, each when all that it depends on is there; independent ones beside one another.

use super::facts::Known;
use super::run::Run;
use super::{Next, OnFailure, finish};
use crate::cloudformation::deployment::Deployment;
use crate::cloudformation::exports;
use crate::cloudformation::keys;
use crate::cloudformation::model::Tag;
use crate::cloudformation::resource::{Change, Physical, Step};
use crate::cloudformation::resources::{Made, Problem, ResourceType, Settled};
use crate::cloudformation::status::ResourceStatus::{self, *};
use crate::cloudformation::template::change::Recreation;
use crate::cloudformation::template::{Fault, Graph, Scope, TemplateError, same};
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Map, Value};

const NEW_PHYSICAL_RESOURCE: &str =
    "Requested update requires the creation of a new physical resource; hence creating one.";

/// A turn of making.
pub fn turn(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    let configuration = run.stack.configuration.clone();
    let deployment = Deployment::load(&run.stack, &configuration, tx)?
        .ok_or_else(|| Failure::broken(format!("stack {} without a template", run.stack.id)))?;
    let scope = deployment.scope()?;
    let graph = Graph::new(&scope)?;
    settle_all(run, tx, context)?;
    for logical_id in graph.creation_order() {
        if has_failed(run) {
            break;
        }
        if !is_ready(run, &graph, logical_id) {
            continue;
        }
        if !run.may_go_on() {
            return Ok(Next::Turn);
        }
        match start(run, &scope, &graph, logical_id, tx, context)? {
            Started::Well => {}
            Started::NotAtAll(reason) => return stop(run, Some(&reason), tx, context),
        }
    }
    if has_failed(run) {
        return stop(run, None, tx, context);
    }
    let is_open = |step: Step| matches!(step, Step::Waiting | Step::Settling);
    match run.resources.values().any(|resource| is_open(resource.step)) {
        true => Ok(Next::Wait),
        false => finish::made(run, &scope, tx, context),
    }
}

/// The time that the stack had for its making is over.
pub fn too_late(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    stop(run, Some("Stack creation time exceeded the specified timeout"), tx, context)
}

/// The caller doesn't want the update any more.
pub fn cancel(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    // Whatever was wanted for failures: to cancel is to roll back.
    run.plan.on_failure = OnFailure::Rollback;
    stop(run, Some("User Initiated"), tx, context)
}

/// Ends the making: what is under way is given up. Without a reason it is the resources that failed.
fn stop(run: &mut Run, reason: Option<&str>, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    let to_create = told("create", &run.failed(CreateFailed));
    let to_update = told("update", &run.failed(UpdateFailed));
    let settling = run.resources.values().filter(|resource| resource.step == Step::Settling);
    for logical_id in settling.map(|resource| resource.logical_id.clone()).collect::<Vec<_>>() {
        let (status, reason) = match run.resource(&logical_id)?.change {
            Change::Created => (CreateFailed, "Resource creation cancelled"),
            _ => (UpdateFailed, "Resource update cancelled"),
        };
        end_wait(run, &logical_id, tx)?;
        run.tell(&logical_id, status, Some(reason), tx, context)?;
        run.resource(&logical_id)?.step = Step::Failed;
    }
    let reason = reason.map_or_else(|| format!("{to_create}{to_update}"), str::to_owned);
    run.fail(&reason, tx, context)
}

/// `The following resource(s) failed to create: [A, B]. `
pub fn told(verb: &str, failed: &[&str]) -> String {
    if failed.is_empty() {
        return String::new();
    }
    format!("The following resource(s) failed to {verb}: [{}]. ", failed.join(", "))
}

fn has_failed(run: &Run) -> bool {
    run.resources.values().any(|resource| resource.step == Step::Failed)
}

fn is_ready(run: &Run, graph: &Graph, logical_id: &str) -> bool {
    let step = |name: &str| run.resources.get(name).map(|resource| resource.step);
    step(logical_id) == Some(Step::Waiting)
        && graph.dependencies(logical_id).all(|name| step(name) == Some(Step::Done))
}

/// How a resource's turn went.
enum Started {
    /// It was begun, whether it succeeds or fails.
    Well,
    /// The stack can't be made, and it is not this resource's fault.
    NotAtAll(String),
}

fn start(
    run: &mut Run,
    scope: &Scope<'_>,
    graph: &Graph,
    logical_id: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Started, Failure> {
    let stack_scope = run.stack.scope();
    let known = Known::new(&run.resources, &stack_scope, tx);
    let properties = scope.properties(logical_id, &known);
    let asked = known.asked()?;
    exports::hold(&run.stack, &asked, tx);
    run.plan.imports.extend(asked);
    let properties = match properties {
        Ok(Value::Object(properties)) => properties,
        Ok(_) => Map::new(),
        Err(error) if is_the_stacks(&error) => return Ok(Started::NotAtAll(error.message())),
        Err(error) => {
            run.spend();
            let creating = run.resource(logical_id)?.current.is_none();
            fail(run, logical_id, creating, &error.message(), tx, context)?;
            return Ok(Started::Well);
        }
    };
    let step = Job {
        logical_id,
        known: run.known_type(logical_id)?,
        depends_on: graph.dependencies(logical_id).map(str::to_owned).collect(),
        properties,
    };
    match run.resource(logical_id)?.current.clone() {
        None => step.create(run, tx, context)?,
        Some(current) => step.update(run, current, tx, context)?,
    }
    Ok(Started::Well)
}

/// A missing export and an attribute that isn't there are told of the stack, not of the resource.
fn is_the_stacks(error: &TemplateError) -> bool {
    matches!(*error.fault, Fault::NoExport(_) | Fault::NoSuchAttribute { .. })
}

/// A resource whose turn it is.
struct Job<'a> {
    logical_id: &'a str,
    known: &'static ResourceType,
    depends_on: Vec<String>,
    properties: Map<String, Value>,
}

impl Job<'_> {
    fn create(&self, run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        run.spend();
        let shown = self.shown(run);
        run.tell_begun(self.logical_id, CreateInProgress, None, shown, tx, context)?;
        match self.make(run, tx, context)? {
            Err(reason) => fail(run, self.logical_id, true, &reason, tx, context),
            Ok(made) => {
                let physical = self.physical(made, run.stack.configuration.tags.clone());
                let resource = run.resource(self.logical_id)?;
                resource.current = Some(physical);
                resource.change = Change::Created;
                let reason = Some("Resource creation Initiated");
                run.tell(self.logical_id, CreateInProgress, reason, tx, context)?;
                settle(run, self.logical_id, tx, context)
            }
        }
    }

    fn update(
        &self,
        run: &mut Run,
        current: Physical,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let before = current.properties()?;
        let changed = changed(&before, &self.properties);
        let tagged_anew = self.known.is_taggable() && current.stack_tags != run.stack.configuration.tags;
        if changed.is_empty() && !tagged_anew {
            let resource = run.resource(self.logical_id)?;
            if let Some(current) = &mut resource.current {
                current.depends_on.clone_from(&self.depends_on);
            }
            resource.step = Step::Done;
            return Ok(());
        }
        run.spend();
        let always = |name: &&str| {
            self.known.property(name).is_some_and(|property| property.recreation == Recreation::Always)
        };
        match changed.iter().any(|name| always(&name.as_str())) {
            true => self.replace(run, &before, current, tx, context),
            false => self.change(run, current, tx, context),
        }
    }

    fn change(
        &self,
        run: &mut Run,
        current: Physical,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let shown = self.shown(run);
        run.tell_begun(self.logical_id, UpdateInProgress, None, shown, tx, context)?;
        let changed = match self.faults() {
            Some(problem) => {
                run.ask_handler(self.logical_id, self.known, tx, context, |_, _| Err(problem))?
            }
            None => {
                let wanted = run.wanted(self.known, self.logical_id, self.properties.clone());
                let before = self.known.before(&run.stack, self.logical_id, &current)?;
                let handler = self.known.handler;
                run.ask_handler(self.logical_id, self.known, tx, context, |tx, context| {
                    handler.update(&before, &wanted, tx, context)
                })?
            }
        };
        match changed {
            Err(reason) => fail(run, self.logical_id, false, &reason, tx, context),
            Ok(made) => {
                let physical = self.physical(made, run.stack.configuration.tags.clone());
                let resource = run.resource(self.logical_id)?;
                resource.previous = Some(current);
                resource.current = Some(physical);
                resource.change = Change::Updated;
                settle(run, self.logical_id, tx, context)
            }
        }
    }

    fn replace(
        &self,
        run: &mut Run,
        before: &Map<String, Value>,
        current: Physical,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let shown = self.shown(run);
        let reason = Some(NEW_PHYSICAL_RESOURCE);
        run.tell_begun(self.logical_id, UpdateInProgress, reason, shown, tx, context)?;
        let own_name = self.known.named_by.and_then(|name| before.get(name).map(|value| (name, value)));
        if let Some((_, name)) = own_name.filter(|(name, value)| self.properties.get(*name) == Some(value)) {
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            let reason = format!(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. \
                 Rename {name} and update the stack again."
            );
            return fail(run, self.logical_id, false, &reason, tx, context);
        }
        match self.make(run, tx, context)? {
            Err(reason) => fail(run, self.logical_id, false, &reason, tx, context),
            Ok(made) => {
                let physical = self.physical(made, run.stack.configuration.tags.clone());
                let resource = run.resource(self.logical_id)?;
                resource.previous = Some(current);
                resource.current = Some(physical);
                resource.change = Change::Replaced;
                let reason = Some("Resource creation Initiated");
                run.tell(self.logical_id, UpdateInProgress, reason, tx, context)?;
                settle(run, self.logical_id, tx, context)
            }
        }
    }

    fn make(&self, run: &Run, tx: &mut Tx, context: &mut Context) -> Result<Result<Made, String>, Failure> {
        let wanted = run.wanted(self.known, self.logical_id, self.properties.clone());
        let handler = self.known.handler;
        run.ask_handler(self.logical_id, self.known, tx, context, |tx, context| match self.faults() {
            Some(problem) => Err(problem),
            None => handler.create(&wanted, tx, context),
        })
    }

    fn faults(&self) -> Option<Problem> {
        let faults = self.known.faults(&self.properties);
        (!faults.is_empty()).then_some(Problem::Properties(faults))
    }

    fn shown(&self, run: &Run) -> String {
        run.hidden(Value::Object(self.properties.clone()).to_string())
    }

    fn physical(&self, made: Made, stack_tags: Vec<Tag>) -> Physical {
        Physical {
            physical_id: made.physical_id,
            reference: made.reference,
            attributes: Value::Object(made.attributes).to_string(),
            properties: Value::Object(self.properties.clone()).to_string(),
            stack_tags,
            depends_on: self.depends_on.clone(),
        }
    }
}

/// The properties that differ.
fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let differs = |name: &&String| match (before.get(*name), after.get(*name)) {
        (Some(before), Some(after)) => !same(before, after),
        _ => true,
    };
    let mut names: Vec<_> = before.keys().chain(after.keys()).filter(differs).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Looks at what is under way again.
fn settle_all(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let settling = run.resources.values().filter(|resource| resource.step == Step::Settling);
    for logical_id in settling.map(|resource| resource.logical_id.clone()).collect::<Vec<_>>() {
        settle(run, &logical_id, tx, context)?;
    }
    Ok(())
}

/// Asks whether a resource is ready; if it isn't, the stack waits to be told.
fn settle(run: &mut Run, logical_id: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let creating = run.resource(logical_id)?.change == Change::Created;
    match ask_settled(run, logical_id, tx, context)? {
        Err(reason) => {
            end_wait(run, logical_id, tx)?;
            fail(run, logical_id, creating, &reason, tx, context)
        }
        Ok(Settled::Ready) => {
            end_wait(run, logical_id, tx)?;
            let status = if creating { CreateComplete } else { UpdateComplete };
            run.tell(logical_id, status, None, tx, context)?;
            run.resource(logical_id)?.step = Step::Done;
            Ok(())
        }
        Ok(Settled::Waits(what)) => {
            tx.put(&keys::wait(&what), &run.stack.id);
            let resource = run.resource(logical_id)?;
            resource.waits_for = Some(what);
            resource.step = Step::Settling;
            Ok(())
        }
    }
}

/// Whether a resource is ready, or why it never will be.
pub fn ask_settled(
    run: &mut Run,
    logical_id: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Settled, String>, Failure> {
    let known = run.known_type(logical_id)?;
    let Some(current) = run.resource(logical_id)?.current.clone() else { return Ok(Ok(Settled::Ready)) };
    let made = known.before(&run.stack, logical_id, &current)?;
    run.ask_handler(logical_id, known, tx, context, |tx, context| known.handler.settled(&made, tx, context))
}

/// Waits no more for what a resource waited for.
pub fn end_wait(run: &mut Run, logical_id: &str, tx: &mut Tx) -> Result<(), Failure> {
    if let Some(what) = run.resource(logical_id)?.waits_for.take() {
        tx.remove(&keys::wait(&what));
    }
    Ok(())
}

fn fail(
    run: &mut Run,
    logical_id: &str,
    creating: bool,
    reason: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let status: ResourceStatus = if creating { CreateFailed } else { UpdateFailed };
    run.tell(logical_id, status, Some(reason), tx, context)?;
    run.resource(logical_id)?.step = Step::Failed;
    Ok(())
}
