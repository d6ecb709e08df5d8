//! Each checker is seen to fail: in a world that is broken on purpose, the rule that forbids it is the one that breaks.

use stepwell_sim::{Plan, Profile, Sabotage, run};

#[track_caller]
fn breaks(sabotage: Sabotage, rule: &str) {
    let profile = Profile { lost_answers: 0, ..Profile::named("crashy").expect("a profile") };
    let mut others = Vec::new();
    // What is broken may show in more ways than one: every seed breaks a rule, and one of a few breaks this one.
    for seed in 1..=6 {
        let report = run(Plan { seed, profile, minutes: 60, sabotage }, None);
        let violation = report.violation.expect("a rule that breaks");
        if violation.rule == rule {
            return;
        }
        others.push(violation.to_string());
    }
    panic!("`{rule}` holds: {others:#?}");
}

macro_rules! sabotages {
    ($($name:ident: $sabotage:ident breaks $rule:literal;)+) => {
        $(#[test]
        fn $name() {
            breaks(Sabotage::$sabotage, $rule);
        })+
    };
}

sabotages! {
    a_lost_row: LoseSyncedRow breaks "acknowledged lost";
    a_send_that_writes_nothing: DropMessages breaks "acknowledged lost";
    a_message_that_disappears: RemoveMessage breaks "message unaccounted";
    a_message_written_twice: DoubleMessage breaks "doubled from one attempt";
    an_event_left_out: SkipEvent breaks "gap in event ids";
    an_execution_that_ends_twice: EndTwice breaks "two terminal events";
    an_execution_that_is_redriven_twice: RedriveTwice breaks "redriven twice";
    a_state_entered_twice: EnterTwice breaks "state entered twice for one transition";
    an_attempt_that_ends_twice: AnswerTwice breaks "token accepted twice";
    a_late_answer_accepted: AcceptLateAnswer breaks "token accepted twice";
    a_message_skipped_in_its_group: SkipInGroup breaks "fifo out of order";
    an_overlooked_effect: OverlookEffect breaks "owed and never tried";
    a_writer_that_oversleeps: Oversleep breaks "waiter forgotten";
    a_forgotten_poll: ForgetPoll breaks "waiter forgotten";
    something_put_aside: PutAside breaks "quarantined";
    a_timer_that_is_not_written: DropTimer breaks "unsettled";
    a_task_two_workers_have: HandOutTwice breaks "activity task doubled";
    a_parent_that_waits_on: KeepWaiting breaks "parent misled";
    a_parent_that_hears_a_lie: TellWrongly breaks "parent misled";
    a_task_tried_again_at_once: RetryAtOnce breaks "retry out of turn";
    an_iteration_begun_twice: IterateTwice breaks "iteration out of turn";
    an_expression_that_came_to_something_else: WrongVerdict breaks "verdict differs";
    a_verdict_that_is_never_told: LoseVerdict breaks "waiter forgotten";
}
