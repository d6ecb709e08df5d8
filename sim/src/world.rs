//! The world's loop: what happens next, to whom, and what follows from it.

mod commits;
mod faults;
mod requests;
mod settling;

use crate::agenda::Agenda;
use crate::ask::Ask;
use crate::census::Census;
use crate::checkers::{self, Checker, Verdict};
use crate::clients::{self, Client, Memory};
use crate::clock::HostClock;
use crate::facts::Facts;
use crate::host::{Deed, Host};
use crate::ledger::Ledger;
use crate::line::{RequestId, Told};
use crate::mirror::Mirror;
use crate::outside::{Consequence, Outside};
use crate::profile::Profile;
use crate::random::Random;
use crate::report::{Report, Sum, Tally, Violation};
use crate::sabotage::Sabotage;
use crate::setting::Setting;
use std::collections::BTreeMap;
use stepwell_asl::jsonata::{self, Evaluation};
use stepwell_server::writer::NextTurn;
use stepwell_services::effect::EffectResult;
use stepwell_services::settings::Settings;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// How often checkers look at everything.
const LOOK_MS: u64 = 4_000;

/// What an evaluation takes in the mean.
const EVALUATION_MS: u64 = 300;

/// When what is broken on purpose breaks.
const SABOTAGE_AFTER_MS: u64 = 10 * MINUTE_MS;

/// A run, before it is run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub profile: Profile,
    /// Of the world's time, before everything comes to rest.
    pub minutes: u64,
    pub sabotage: Sabotage,
}

/// Something that will happen.
enum Happening {
    /// The writer's turn; an older ticket counts no more.
    Turn {
        ticket: u64,
    },
    Synced {
        life: u64,
    },
    Told {
        life: u64,
    },
    Loaded {
        life: u64,
        keys: Vec<Vec<u8>>,
    },
    /// The evaluator is done with an expression.
    Evaluated {
        life: u64,
        id: u64,
        verdict: Box<jsonata::Verdict>,
    },
    /// A deed's result reaches the process.
    Result {
        life: u64,
        deed: Box<Deed>,
        result: EffectResult,
    },
    /// A function or an endpoint asks for something.
    Ask(Ask),
    /// A client does something.
    Act(usize),
    /// An answer reaches its client.
    Arrive {
        request: RequestId,
        told: Box<Told>,
    },
    /// A client's patience is over.
    GiveUp {
        request: RequestId,
    },
    Crash {
        life: u64,
    },
    CrashSometime,
    Start,
    Jump,
    Look,
}

/// A world.
struct World<'t> {
    plan: Plan,
    /// The faults in force: none while the setting is made, and none at the end.
    profile: Profile,
    random: Random,
    agenda: Agenda<Happening>,
    facts: Facts,
    clients: Vec<Client>,
    memory: Memory,
    checkers: Vec<Box<dyn Checker>>,
    next_request: RequestId,
    ticket: u64,
    /// The time for which the next turn is set.
    turn_at_ms: Option<u64>,
    /// Owed effects that an earlier process took up.
    taken_up: BTreeMap<u64, u64>,
    sum: Sum,
    tally: Tally,
    violation: Option<Violation>,
    trace: &'t mut dyn FnMut(u64, &str),
    is_tracing: bool,
}

/// Is told of what happens, and when (ms).
pub type Trace<'t> = dyn FnMut(u64, &str) + 't;

/// Runs a world to its end, or to the first rule that breaks.
#[must_use]
pub fn run(plan: Plan, trace: Option<&mut Trace>) -> Report {
    let is_tracing = trace.is_some();
    let mut nothing = |_: u64, _: &str| {};
    let trace = trace.unwrap_or(&mut nothing);
    let mut world = World::new(plan, is_tracing, trace);
    world.set_up();
    world.live();
    world.settle();
    world.report()
}

impl<'t> World<'t> {
    fn new(plan: Plan, is_tracing: bool, trace: &'t mut dyn FnMut(u64, &str)) -> Self {
        let mut random = Random::new(plan.seed);
        let setting = Setting::new(plan.profile.crowd, &mut random.fork());
        let clients = clients::crowd(&setting, plan.profile.crowd, &mut random.fork());
        let facts = Facts {
            now_ms: 0,
            host: Host::new(Settings::default()),
            clock: HostClock::default(),
            up_since_ms: 0,
            setting,
            mirror: Mirror::default(),
            census: Census::default(),
            ledger: Ledger::default(),
            outside: Outside::new(random.fork()),
            requests: BTreeMap::new(),
            is_settling: false,
        };
        Self {
            plan,
            profile: Profile::none(),
            random,
            agenda: Agenda::new(),
            facts,
            clients,
            memory: Memory::default(),
            checkers: checkers::all(),
            next_request: 0,
            ticket: 0,
            turn_at_ms: None,
            taken_up: BTreeMap::new(),
            sum: Sum::default(),
            tally: Tally::default(),
            violation: None,
            trace,
            is_tracing,
        }
    }

    /// The clients' time.
    fn live(&mut self) {
        self.profile = self.plan.profile;
        for client in 0..self.clients.len() {
            let pause_ms = self.clients[client].pause_ms(false);
            self.agenda.after(pause_ms, Happening::Act(client));
        }
        self.plan_faults();
        self.agenda.after(LOOK_MS, Happening::Look);
        let until_ms = self.agenda.now_ms() + self.plan.minutes * MINUTE_MS;
        self.run_until(until_ms);
    }

    fn run_until(&mut self, until_ms: u64) {
        while self.violation.is_none() {
            let Some(happening) = self.agenda.next(until_ms) else { return };
            self.facts.now_ms = self.agenda.now_ms();
            self.happen(happening);
        }
    }

    fn happen(&mut self, happening: Happening) {
        let alive = self.facts.host.is_up().then_some(self.facts.host.life);
        match happening {
            Happening::Turn { ticket } if ticket == self.ticket => self.take_turn(),
            Happening::Synced { life } if alive == Some(life) => self.synced(),
            Happening::Told { life } if alive == Some(life) => self.tell(),
            Happening::Loaded { life, keys } if alive == Some(life) => {
                self.facts.host.loaded(&keys);
                self.set_turn(0);
            }
            Happening::Evaluated { life, id, verdict } if alive == Some(life) => {
                self.facts.host.evaluated(id, *verdict);
                self.set_turn(0);
            }
            Happening::Result { life, deed, result } if alive == Some(life) => {
                self.note(|| format!("result {} {result:?}", name(&deed)));
                self.facts.outside.brought_back(&deed, &result, self.facts.now_ms);
                self.facts.host.bring_back(*deed, result);
                self.set_turn(0);
            }
            Happening::Ask(ask) => self.ask(None, ask),
            Happening::Act(client) => self.act(client),
            Happening::Arrive { request, told } => self.arrive(request, &told),
            Happening::GiveUp { request } => self.give_up(request),
            Happening::Crash { life } if alive == Some(life) => self.crash(),
            Happening::CrashSometime => self.crash_sometime(),
            Happening::Start => self.start(),
            Happening::Jump => self.jump(),
            Happening::Look => self.look(),
            // What was set for a process that is no more, or a turn that was set anew.
            Happening::Turn { .. }
            | Happening::Synced { .. }
            | Happening::Told { .. }
            | Happening::Loaded { .. }
            | Happening::Evaluated { .. }
            | Happening::Result { .. }
            | Happening::Crash { .. } => {}
        }
    }

    /// Sets the writer's next turn, unless it comes earlier already.
    fn set_turn(&mut self, after_ms: u64) {
        let at_ms = self.agenda.now_ms() + after_ms;
        if self.turn_at_ms.is_none_or(|set_ms| at_ms < set_ms) {
            self.ticket += 1;
            self.turn_at_ms = Some(at_ms);
            self.agenda.after(after_ms, Happening::Turn { ticket: self.ticket });
        }
    }

    fn take_turn(&mut self) {
        self.turn_at_ms = None;
        let clock = self.facts.clock.read(self.agenda.now_ms());
        let sabotage = self.sabotage();
        let mirror = &self.facts.mirror;
        let turned = self.facts.host.turn(clock, |batch| sabotage.tamper(batch, mirror));
        let turned = match turned {
            Ok(turned) => turned,
            Err(failure) => return self.break_rule("the store is read", format!("{failure:?}")),
        };
        if turned.has_batch {
            self.commit_begins();
        }
        if let Some(keys) = turned.rows_to_load {
            self.tally.loads += 1;
            let (life, after_ms) = (self.facts.host.life, self.random.between(1, 20));
            self.agenda.after(after_ms, Happening::Loaded { life, keys });
        }
        self.evaluate(turned.evaluations);
        match turned.next {
            Some(NextTurn::Now) => self.set_turn(1),
            Some(NextTurn::After(_)) if sabotage == Sabotage::Oversleep => {}
            Some(NextTurn::After(ms)) => self.set_turn(ms.max(1)),
            Some(NextTurn::WithMail) | None => {}
        }
    }

    /// Expressions are evaluated somewhere else: their verdicts come late, perhaps twice, and not at all if the process dies
    /// before that.
    fn evaluate(&mut self, evaluations: Vec<(u64, Box<Evaluation>)>) {
        for (id, evaluation) in evaluations {
            self.tally.evaluations += 1;
            self.note(|| format!("evaluates {id}"));
            if self.sabotage() == Sabotage::LoseVerdict {
                continue;
            }
            for _ in 0..1 + usize::from(self.random.chance(self.profile.doubled_effects)) {
                let (life, after_ms) = (self.facts.host.life, self.random.pause(EVALUATION_MS));
                let verdict = Box::new(evaluation.perform());
                self.agenda.after(after_ms, Happening::Evaluated { life, id, verdict });
            }
        }
    }

    /// What is broken on purpose at this time.
    fn sabotage(&self) -> Sabotage {
        let is_time = self.agenda.now_ms() > SABOTAGE_AFTER_MS;
        if is_time { self.plan.sabotage } else { Sabotage::Nothing }
    }

    /// Has effects taken up outside.
    fn take_up(&mut self) {
        let life = self.facts.host.life;
        for deed in self.facts.host.take_deeds() {
            self.note(|| format!("effect {}", name(&deed)));
            if let Deed::Owed(owed) = &deed {
                let before = self.taken_up.insert(owed.id, life);
                self.tally.tried_again += u64::from(before.is_some_and(|before| before < life));
            }
            for consequence in self.facts.outside.take_up(deed, &self.profile) {
                match consequence {
                    Consequence::Result { after_ms, deed, result } => {
                        self.agenda.after(after_ms, Happening::Result { life, deed, result });
                    }
                    Consequence::Ask { after_ms, ask } => self.agenda.after(after_ms, Happening::Ask(ask)),
                }
            }
        }
    }

    fn look(&mut self) {
        self.check(|checker, facts| checker.looked(facts));
        self.agenda.after(LOOK_MS, Happening::Look);
    }

    /// Asks all checkers, up to the first that objects.
    fn check(&mut self, mut ask: impl FnMut(&mut dyn Checker, &Facts) -> Verdict) {
        for checker in &mut self.checkers {
            if let Err(what) = ask(&mut **checker, &self.facts) {
                let rule = checker.rule();
                return self.break_rule(rule, what);
            }
        }
    }

    fn break_rule(&mut self, rule: &'static str, what: String) {
        let violation = Violation { rule, what, at_ms: self.agenda.now_ms() };
        self.note(|| format!("broken: {violation}"));
        self.violation.get_or_insert(violation);
    }

    /// Writes a line of the trace, if there is one.
    fn note(&mut self, text: impl FnOnce() -> String) {
        if self.is_tracing {
            (self.trace)(self.agenda.now_ms(), &text());
        }
    }

    fn report(mut self) -> Report {
        self.tally.simulated_ms = self.agenda.now_ms();
        self.tally.effects = self.facts.outside.performed;
        self.tally.repeated = self.facts.outside.repeated;
        self.tally.executions = self.facts.ledger.executions.len() as u64;
        self.tally.messages = self.facts.census.arrivals.len() as u64;
        self.tally.rows = self.facts.mirror.len() as u64;
        Report { tally: self.tally, digest: self.sum.finish(), violation: self.violation }
    }
}

/// An effect in a line of the trace.
fn name(deed: &Deed) -> String {
    let text = format!("{deed:?}");
    text.chars().take(400).collect()
}
