//! Which service a due timer or a completed effect belongs to: two closed tables.

use crate::context::Context;
use crate::effect::{Continuation, Effect, EffectResult, InvokeFunction, InvokePurpose};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::operation::AnyCommand;
use crate::rows::Rows;
use crate::states::map_run::model::Place;
use crate::timer::Timer;
use crate::tx::Tx;
use crate::{cloudformation, events, lambda, logs, s3, sns, sqs, states};
use stepwell_engine::Event;

/// The commands of our own that a start begins with: event source mappings that go on polling, a look at the closed executions,
/// since the time for which they are kept may be another than before, and a count of the messages that are hidden.
pub(crate) fn resumed(rows: &dyn Rows) -> Result<Vec<Box<dyn AnyCommand>>, Failure> {
    let mut commands = lambda::event_source::resumed(rows)?;
    commands.extend(states::retention::resumed(rows)?);
    commands.push(Box::new(sqs::hidden::CountHidden));
    Ok(commands)
}

/// A timer is due.
pub(crate) fn due(timer: &Timer, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    match timer {
        Timer::Execution(machine, execution) => states::run::due(*machine, *execution, tx, context),
        Timer::ClosedExecutions => states::retention::sweep(tx, context),
        Timer::Delivery(delivery) => sns::deliver::try_again(*delivery, tx),
        Timer::SweepQueue(queue) => sqs::retention::due(*queue, tx, context),
        Timer::MoveMessages(queue, task) => sqs::move_tasks::go_on(*queue, *task, tx, context),
        Timer::PendingSubscription(topic, id) => sns::confirmation::expire(*topic, id, tx),
        Timer::UploadedCode(sha256) => lambda::upload::due(sha256, tx),
        Timer::Invocation(id) => lambda::asynchronous::due(*id, tx),
        Timer::LogRetention(account, region, name) => {
            logs::retention::due(&Scope::new(account, region), name, tx, context)
        }
        Timer::UploadedBody(body) => s3::bodies::given_up(body, tx),
        Timer::Stack(stack) => cloudformation::plan::advance(*stack, tx, context),
    }
}

/// An effect's result came back.
pub(crate) fn completed(
    effect: Effect,
    result: &EffectResult,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    match (effect, result) {
        (Effect::Continue(continuation), _) => go_on(&continuation, tx, context),
        (
            Effect::Invoke(InvokeFunction { purpose: InvokePurpose::Task(attempt, shape), .. }),
            EffectResult::Invoked(answer),
        ) => states::integrations::function_answered(attempt, shape, answer, tx, context),
        (
            Effect::Invoke(invoke @ InvokeFunction { purpose: InvokePurpose::Asynchronous(id), .. }),
            EffectResult::Invoked(answer),
        ) => lambda::asynchronous::completed(id, invoke, answer, tx, context),
        (Effect::Post(post), result) => sns::deliver::posted(post, result, tx, context),
        (
            Effect::Invoke(InvokeFunction {
                account,
                region,
                purpose: InvokePurpose::EventSource(batch),
                ..
            }),
            EffectResult::Invoked(answer),
        ) => lambda::event_source::completed(&Scope::new(&account, &region), &batch, answer, tx, context),
        (Effect::PrepareFunction(prepare), EffectResult::Prepared(result)) => {
            lambda::prepared::completed(&prepare, result, tx, context)
        }
        (Effect::Fetch(fetch), EffectResult::Fetched(fetched)) => {
            states::integrations::fetched(&fetch, fetched, tx, context)
        }
        (Effect::Execute(_), EffectResult::Executed(log)) => {
            states::express::ended(log.as_deref(), tx, context)
        }
        (effect, result) => {
            Err(Failure::broken(format!("a result that fits no effect: {effect:?}, {result:?}")))
        }
    }
}

fn go_on(continuation: &Continuation, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    match continuation {
        Continuation::Execution(machine, execution) => {
            states::run::deliver(*machine, *execution, Event::Continue, tx, context).map(drop)
        }
        Continuation::ForgetExecutions => states::retention::sweep(tx, context),
        Continuation::FanOut(fan_out) => sns::fan_out::go_on(fan_out, tx, context),
        Continuation::ForgetQueue(queue) => sqs::delete_queue::sweep(*queue, tx, context),
        Continuation::SweepQueue(sweep) => sqs::retention::go_on(sweep, tx, context),
        Continuation::MoveMessages(queue, task) => sqs::move_tasks::go_on(*queue, *task, tx, context),
        Continuation::SweepTopic(topic) => sns::delete_topic::sweep(*topic, tx, context),
        Continuation::PurgeQueue(purge) => sqs::purge_queue::go_on(purge, tx, context),
        Continuation::DeleteMachine(deletion) => states::delete_state_machine::go_on(deletion, tx, context),
        Continuation::ForgetActivity(activity) => states::activities::sweep(*activity, tx, context),
        Continuation::Call(call) => states::integrations::perform_call(call, tx, context),
        Continuation::TellOfEnd(machine, execution) => {
            states::children::tell(*machine, *execution, tx, context)
        }
        Continuation::StopChild(machine, execution) => {
            states::children::stop(*machine, *execution, tx, context)
        }
        Continuation::DeleteFunction(function) => lambda::delete_function::go_on(*function, tx, context),
        Continuation::ForgetLogs(what) => logs::forget(what, tx, context),
        Continuation::SweepLogs(sweep) => logs::retention::go_on(sweep, tx, context),
        Continuation::MapRun(machine, execution, run) => {
            let place = Place { machine: *machine, execution: *execution, run: *run };
            states::map_run::go_on(&place, tx, context)
        }
        Continuation::StartByEvent(start) => events::deliver::start(start, tx, context),
        Continuation::ForgetBody(forget) => {
            s3::bodies::go_on(forget, tx, context);
            Ok(())
        }
        Continuation::ForgetUpload(upload) => s3::forget_parts(upload, tx),
        Continuation::Stack(stack) => cloudformation::plan::advance(*stack, tx, context),
    }
}
