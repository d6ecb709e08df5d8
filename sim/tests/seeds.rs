//! A fixed budget of seeds, a few of each profile: no rule may break, and the same seed gives the same bytes.

use stepwell_sim::{Plan, Profile, Report, Sabotage, run};

fn run_seed(profile: &str, seed: u64, minutes: u64) -> Report {
    let profile = Profile::named(profile).expect("a profile");
    run(Plan { seed, profile, minutes, sabotage: Sabotage::Nothing }, None)
}

#[track_caller]
fn holds(profile: &str, seeds: std::ops::RangeInclusive<u64>, minutes: u64) {
    for seed in seeds {
        let report = run_seed(profile, seed, minutes);
        assert_eq!(report.violation, None, "again: sim --profile {profile} --seed {seed} --trace FILE");
        assert!(report.tally.commits > 100 && report.tally.executions > 0, "{}", report.tally);
    }
}

#[test]
fn calm() {
    holds("calm", 1..=1, 15);
}

#[test]
fn crashy() {
    holds("crashy", 1..=2, 15);
}

#[test]
fn torn() {
    holds("torn", 1..=1, 15);
}

#[test]
fn not_loaded() {
    holds("not-loaded", 1..=1, 15);
}

#[test]
fn clock() {
    holds("clock", 1..=1, 30);
}

#[test]
fn effects() {
    holds("effects", 1..=1, 15);
}

#[test]
fn everything() {
    holds("everything", 1..=2, 15);
}

#[test]
fn crowd() {
    holds("crowd", 1..=1, 1);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let first = run_seed("everything", 7, 5);
    assert_eq!(first, run_seed("everything", 7, 5));
    assert_ne!(first.digest, run_seed("everything", 8, 5).digest);
}
