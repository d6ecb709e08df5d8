//! Seeds that once broke a rule, each named for what was wrong.

use stepwell_sim::{Plan, Profile, Sabotage, run};

#[track_caller]
fn holds(profile: &str, seed: u64) {
    let profile = Profile::named(profile).expect("a profile");
    let report = run(Plan { seed, profile, minutes: 60, sabotage: Sabotage::Nothing }, None);
    assert_eq!(report.violation, None);
}

#[test]
fn a_poll_waited_for_ever_when_the_clock_was_set_back() {
    holds("clock", 2);
}

#[test]
fn a_poll_slept_while_a_message_came_back() {
    holds("effects", 2);
}

#[test]
fn a_message_received_and_not_hidden_woke_nobody() {
    holds("crashy", 10);
}
