//! Profiles: which faults a world has, and how often. Rates are per million unless a name says otherwise.

/// What can go wrong in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    pub name: &'static str,
    /// Mean minutes between crashes out of the blue; 0 for none.
    pub crash_minutes: u64,
    /// Of commits: the process dies while the disk syncs, or the disk fails, which ends the process as well.
    pub crash_in_commit: u32,
    /// Of commits: the process dies when the batch is durable and nobody was told.
    pub crash_after_commit: u32,
    /// Of crashes: what was not synced is cut in the middle or has a byte gone wrong. The others keep all of it or nothing.
    pub torn: u32,
    /// Of reads in the rules: the row isn't at hand.
    pub not_loaded: u32,
    /// Mean minutes between jumps of the host's clock; 0 for none.
    pub jump_minutes: u64,
    /// Of effects: performed and answered twice.
    pub doubled_effects: u32,
    /// Of effects: never answered while this process lives.
    pub lost_effects: u32,
    /// Of answers: lost on their way to the client.
    pub lost_answers: u32,
    /// Mean ms that the disk needs for a sync.
    pub sync_ms: u64,
    /// Clients of each kind.
    pub crowd: u64,
}

const CALM: Profile = Profile {
    name: "calm",
    crash_minutes: 0,
    crash_in_commit: 0,
    crash_after_commit: 0,
    torn: 0,
    not_loaded: 0,
    jump_minutes: 0,
    doubled_effects: 0,
    lost_effects: 0,
    lost_answers: 0,
    sync_ms: 4,
    crowd: 1,
};

/// All profiles.
pub const PROFILES: &[Profile] = &[
    CALM,
    Profile {
        name: "crashy",
        crash_minutes: 30,
        crash_in_commit: 1_500,
        crash_after_commit: 1_500,
        torn: 300_000,
        lost_answers: 5_000,
        lost_effects: 10_000,
        ..CALM
    },
    Profile { name: "torn", crash_minutes: 60, crash_in_commit: 8_000, torn: 900_000, sync_ms: 30, ..CALM },
    Profile {
        name: "not-loaded",
        not_loaded: 60_000,
        crash_minutes: 120,
        crash_in_commit: 500,
        torn: 500_000,
        ..CALM
    },
    Profile { name: "clock", jump_minutes: 45, crash_minutes: 180, lost_answers: 2_000, ..CALM },
    Profile {
        name: "effects",
        doubled_effects: 150_000,
        lost_effects: 50_000,
        lost_answers: 50_000,
        crash_minutes: 60,
        crash_after_commit: 1_000,
        ..CALM
    },
    Profile {
        name: "everything",
        crash_minutes: 40,
        crash_in_commit: 1_500,
        crash_after_commit: 1_500,
        torn: 500_000,
        not_loaded: 20_000,
        jump_minutes: 240,
        doubled_effects: 50_000,
        lost_effects: 20_000,
        lost_answers: 20_000,
        sync_ms: 15,
        ..CALM
    },
    Profile {
        name: "crowd",
        crash_minutes: 60,
        crash_in_commit: 300,
        crash_after_commit: 300,
        torn: 500_000,
        lost_answers: 2_000,
        crowd: 60,
        ..CALM
    },
];

impl Profile {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        CALM
    }

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PROFILES.iter().find(|profile| profile.name == name).copied()
    }
}
