//! The truth table of task tokens: what each of the three answers comes to in each situation, one test a cell. Whatever is
//! refused changes nothing.

use super::*;
use crate::context::{Caller, Context};
use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::operation::{AnyCommand, Reply};
use crate::secrets::Secrets;
use crate::states::token::seal;
use crate::tx::Tx;

/// A world, the execution that it is about, and the token that is answered with.
type Situation = (World, String, String);

/// The code of a refusal, or nothing.
type Outcome = Option<&'static str>;

const DONE: Outcome = None;
const GONE: Outcome = Some("TaskTimedOut");
const INVALID_TOKEN: Outcome = Some("InvalidToken");
const NOT_OURS: Outcome = Some("TaskDoesNotExist");
const CONSTRAINT: Outcome = Some("ValidationException");

/// A row: a situation, and what success, failure and heartbeat come to in it.
macro_rules! table {
    ($($situation:ident: $success:expr, $failure:expr, $heartbeat:expr;)*) => {$(
        mod $situation {
            use super::*;

            #[test]
            fn success() {
                check(situations::$situation(), |world, token| succeed(world, token, "\"told\""), $success);
            }

            #[test]
            fn failure() {
                check(situations::$situation(), |world, token| fail(world, token), $failure);
            }

            #[test]
            fn heartbeat() {
                check(situations::$situation(), |world, token| super::heartbeat(world, token), $heartbeat);
            }
        }
    )*};
}

table! {
    the_first_answer: DONE, DONE, DONE;
    after_a_heartbeat: DONE, DONE, DONE;
    after_a_restart: DONE, DONE, DONE;
    after_the_same_success: GONE, GONE, GONE;
    after_another_success: GONE, GONE, GONE;
    after_a_failure: GONE, GONE, GONE;
    after_a_failure_that_was_caught: GONE, GONE, GONE;
    after_a_timeout: GONE, GONE, GONE;
    after_a_missed_heartbeat: GONE, GONE, GONE;
    after_the_execution_was_stopped: GONE, GONE, GONE;
    after_the_execution_timed_out: GONE, GONE, GONE;
    after_the_state_machine_was_deleted: GONE, GONE, GONE;
    answered_before_a_restart: GONE, GONE, GONE;
    of_an_old_try_while_the_next_waits: GONE, GONE, GONE;
    of_an_old_try_beside_the_next: GONE, GONE, GONE;
    of_a_try_that_never_was: GONE, GONE, GONE;
    of_an_execution_that_never_was: GONE, GONE, GONE;
    of_another_installation: INVALID_TOKEN, INVALID_TOKEN, INVALID_TOKEN;
    malformed: INVALID_TOKEN, INVALID_TOKEN, INVALID_TOKEN;
    empty: CONSTRAINT, CONSTRAINT, CONSTRAINT;
    oversize: CONSTRAINT, CONSTRAINT, CONSTRAINT;
}

#[track_caller]
fn check(
    (mut world, arn, token): Situation,
    answer: impl Fn(&mut World, &str) -> Result<Value, ApiError>,
    expected: Outcome,
) {
    let before = seen(&world, &arn);
    let refused = answer(&mut world, &token).err();
    assert_eq!(refused.as_ref().map(|error| error.code.as_ref()), expected);
    if let Some(error) = refused {
        assert_eq!(seen(&world, &arn), before, "what is refused changes nothing");
        match expected {
            GONE => assert_eq!(error.message, TIMED_OUT),
            INVALID_TOKEN => assert_eq!(error.message, INVALID),
            _ => {}
        }
    }
}

/// What is known of an execution; nothing once it is gone.
fn seen(world: &World, arn: &str) -> Option<(Value, Value)> {
    let described = world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).ok()?;
    let history = world.read(&input::<GetExecutionHistory>(json!({"executionArn": arn}))).ok()?;
    Some((described, history))
}

mod situations {
    use super::*;

    fn parked(more: Value) -> Situation {
        let mut world = world(&callback_definition(more));
        let arn = start(&mut world, "{}");
        let token = token(&mut world);
        (world, arn, token)
    }

    pub fn the_first_answer() -> Situation {
        parked(json!({}))
    }

    pub fn after_a_heartbeat() -> Situation {
        let (mut world, arn, token) = parked(json!({"HeartbeatSeconds": 60}));
        world.pass(59_000);
        heartbeat(&mut world, &token).unwrap();
        world.pass(59_000);
        (world, arn, token)
    }

    pub fn after_a_restart() -> Situation {
        let (world, arn, token) = parked(json!({}));
        (world.restart(), arn, token)
    }

    pub fn after_the_same_success() -> Situation {
        let (mut world, arn, token) = parked(json!({}));
        succeed(&mut world, &token, "\"told\"").unwrap();
        (world, arn, token)
    }

    pub fn after_another_success() -> Situation {
        let (mut world, arn, token) = parked(json!({}));
        succeed(&mut world, &token, "\"else\"").unwrap();
        (world, arn, token)
    }

    pub fn after_a_failure() -> Situation {
        let (mut world, arn, token) = parked(json!({}));
        fail(&mut world, &token).unwrap();
        (world, arn, token)
    }

    pub fn after_a_failure_that_was_caught() -> Situation {
        let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]);
        let (mut world, arn, token) = parked(json!({"Catch": catch}));
        fail(&mut world, &token).unwrap();
        (world, arn, token)
    }

    pub fn after_a_timeout() -> Situation {
        let (mut world, arn, token) = parked(json!({"TimeoutSeconds": 60}));
        world.pass(60_000);
        (world, arn, token)
    }

    pub fn after_a_missed_heartbeat() -> Situation {
        let (mut world, arn, token) = parked(json!({"HeartbeatSeconds": 60}));
        world.pass(60_000);
        (world, arn, token)
    }

    pub fn after_the_execution_was_stopped() -> Situation {
        let (mut world, arn, token) = parked(json!({}));
        world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
        (world, arn, token)
    }

    pub fn after_the_execution_timed_out() -> Situation {
        let mut definition = callback_definition(json!({}));
        definition["TimeoutSeconds"] = json!(60);
        let mut world = world(&definition);
        let arn = start(&mut world, "{}");
        let token = token(&mut world);
        world.pass(60_000);
        assert_eq!(describe(&world, &arn)["status"], "TIMED_OUT");
        (world, arn, token)
    }

    pub fn after_the_state_machine_was_deleted() -> Situation {
        let (mut world, arn, token) = parked(json!({}));
        world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
        world.pass(1000);
        (world, arn, token)
    }

    pub fn answered_before_a_restart() -> Situation {
        let (world, arn, token) = after_the_same_success();
        (world.restart(), arn, token)
    }

    fn retried() -> Situation {
        let retry = json!([{"ErrorEquals": ["E"], "IntervalSeconds": 5, "MaxAttempts": 1}]);
        let (mut world, arn, token) = parked(json!({"Retry": retry}));
        fail(&mut world, &token).unwrap();
        (world, arn, token)
    }

    pub fn of_an_old_try_while_the_next_waits() -> Situation {
        retried()
    }

    pub fn of_an_old_try_beside_the_next() -> Situation {
        let (mut world, arn, old) = retried();
        world.pass(5_000);
        assert_ne!(token(&mut world), old);
        (world, arn, old)
    }

    pub fn of_a_try_that_never_was() -> Situation {
        let (world, arn, token) = parked(json!({}));
        let attempt = crate::states::token::open(&token, &own()).unwrap();
        let never = seal(&TaskAttempt { attempt: attempt.attempt + 1, ..attempt }, &own());
        (world, arn, never)
    }

    pub fn of_an_execution_that_never_was() -> Situation {
        let (world, arn, token) = parked(json!({}));
        let attempt = crate::states::token::open(&token, &own()).unwrap();
        let never = seal(&TaskAttempt { execution: attempt.execution + 1, ..attempt }, &own());
        (world, arn, never)
    }

    pub fn of_another_installation() -> Situation {
        let (world, arn, token) = parked(json!({}));
        let attempt = crate::states::token::open(&token, &own()).unwrap();
        (world, arn, seal(&attempt, &Secrets::new([8; 32])))
    }

    pub fn malformed() -> Situation {
        let (world, arn, token) = parked(json!({}));
        (world, arn, format!("{}!", &token[1..]))
    }

    pub fn empty() -> Situation {
        let (world, arn, _) = parked(json!({}));
        (world, arn, String::new())
    }

    pub fn oversize() -> Situation {
        let (world, arn, _) = parked(json!({}));
        (world, arn, "A".repeat(2049))
    }

    /// Those of every world.
    fn own() -> Secrets {
        Secrets::new([7; 32])
    }
}

/// A command as another account sends it.
struct FromElsewhere<C>(C);

impl<C: AnyCommand> AnyCommand for FromElsewhere<C> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let account = "999999999999";
        context.acting_as(Caller::root(account), Scope::new(account, crate::testing::REGION), |context| {
            self.0.apply_any(tx, context)
        })
    }
}

mod from_another_account {
    use super::*;

    fn sent<C: AnyCommand + 'static>(world: &mut World, command: C) -> Result<Value, ApiError> {
        world.send(FromElsewhere(command)).answer().expect("an answer at once")
    }

    #[test]
    fn success() {
        let answer = |world: &mut World, token: &str| {
            sent(world, input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"})))
        };
        check(situations::the_first_answer(), answer, NOT_OURS);
    }

    #[test]
    fn failure() {
        let answer = |world: &mut World, token: &str| {
            sent(world, input::<SendTaskFailure>(json!({ "taskToken": token })))
        };
        check(situations::the_first_answer(), answer, NOT_OURS);
    }

    #[test]
    fn heartbeat() {
        let answer = |world: &mut World, token: &str| {
            sent(world, input::<SendTaskHeartbeat>(json!({ "taskToken": token })))
        };
        check(situations::the_first_answer(), answer, NOT_OURS);
    }
}

/// What a success brings may be wrong by itself: the token stays good.
mod with_an_output {
    use super::*;

    #[track_caller]
    fn refused(output: &str, code: Outcome) {
        check(situations::the_first_answer(), |world, token| succeed(world, token, output), code);
        let (mut world, arn, token) = situations::the_first_answer();
        assert!(succeed(&mut world, &token, output).is_err());
        succeed(&mut world, &token, "\"good\"").unwrap();
        assert_eq!(describe(&world, &arn)["output"], "\"good\"");
    }

    #[test]
    fn that_is_no_json() {
        refused("not json", Some("InvalidOutput"));
    }

    #[test]
    fn that_is_empty() {
        refused("", Some("InvalidOutput"));
    }

    #[test]
    fn that_is_oversize() {
        refused(&format!("\"{}\"", "x".repeat(262_143)), CONSTRAINT);
    }

    #[test]
    fn that_is_as_large_as_may_be() {
        let output = format!("\"{}\"", "x".repeat(262_142));
        check(situations::the_first_answer(), |world, token| succeed(world, token, &output), DONE);
    }
}

/// So may what a failure tells.
mod with_a_failure {
    use super::*;

    #[track_caller]
    fn told(failure: Value, expected: Outcome) {
        let answer = |world: &mut World, token: &str| {
            let mut request = failure.clone();
            request["taskToken"] = token.into();
            world.call(input::<SendTaskFailure>(request))
        };
        check(situations::the_first_answer(), answer, expected);
    }

    #[test]
    fn that_says_nothing() {
        told(json!({}), DONE);
    }

    #[test]
    fn whose_error_is_oversize() {
        told(json!({"error": "x".repeat(257)}), CONSTRAINT);
    }

    #[test]
    fn whose_cause_is_oversize() {
        told(json!({"cause": "x".repeat(32_769)}), CONSTRAINT);
    }

    #[test]
    fn that_is_as_long_as_may_be() {
        told(json!({"error": "x".repeat(256), "cause": "x".repeat(32_768)}), DONE);
    }
}
