//! The callback load beside somebody who misbehaves: what it is alone and what it is then, on the same server.
//!
//! Each disturbance has a server of its own, which serves callbacks at a steady, moderate rate throughout: first alone, then
//! beside the disturbance. The runs take turns, so that a machine that slows down slows both; medians are judged.

mod big_payloads;
mod idle;
mod instant;
mod map;
mod pass_loop;
mod purge;
mod slow_client;
mod stop;
mod stuck_subscriber;
mod timers;
mod verdict;

use crate::figures::{Figures, Report};
use crate::flow::{Load, Pace, Seen};
use crate::options::Options;
use crate::run::{Run, on_one_thread};
use crate::site::SettingUp;
use crate::trouble::Trouble;
use clap::ValueEnum;
use std::time::{Duration, Instant};
use stop::{Stop, Stopper};
use verdict::Bounds;

/// Who misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Disturbance {
    /// Connections that send a byte at a time, stop within a large body, or never read a large answer
    SlowClient,
    /// Subscribed endpoints that never answer or drip, and thousands of publishes to them
    StuckSubscriber,
    /// Executions that go round in Pass states until their history is full
    PassLoop,
    /// Inline Map states of ten thousand items
    Map,
    /// A queue of many messages that is purged
    Purge,
    /// Executions whose waits all end at the same moment
    Timers,
    /// Messages of 250 KB, as many as go
    BigPayloads,
}

/// A disturbance that is ready to begin.
enum Ready {
    SlowClient(slow_client::SlowClient),
    StuckSubscriber(stuck_subscriber::StuckSubscriber),
    PassLoop(pass_loop::PassLoop),
    Map(map::Map),
    Purge(purge::Purge),
    Timers(timers::Timers),
    BigPayloads(big_payloads::BigPayloads),
}

/// What a disturbance did, so that one sees that it was one.
pub struct Done {
    what: &'static str,
    count: u64,
}

/// The time of each part of a run, and how much there is of everything.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    warm_up: Duration,
    alone: Duration,
    beside: Duration,
    rate: f64,
    slow_clients: usize,
    /// Of each of the ten messages in an answer that nobody reads. A debug build takes half a second for 2.5 MB.
    unread_bytes: usize,
    purged: u64,
    timers: u64,
    map_items: usize,
}

/// Clients that carry the load.
const CLIENTS: usize = 16;

impl Scale {
    fn of(options: &Options) -> Self {
        let seconds = Duration::from_secs_f64;
        match options.brief {
            true => Self {
                warm_up: seconds(0.5),
                alone: seconds(1.5),
                beside: seconds(4.0),
                rate: options.rate.unwrap_or(20.0),
                slow_clients: 150,
                unread_bytes: 20_000,
                purged: 20_000.min(options.purged),
                timers: 5000.min(options.timers),
                map_items: 2000,
            },
            false => Self {
                warm_up: seconds(1.0),
                alone: seconds(options.seconds),
                beside: seconds(options.seconds),
                rate: options.rate.unwrap_or(200.0),
                slow_clients: 300,
                unread_bytes: 250_000,
                purged: options.purged,
                timers: options.timers,
                map_items: 10_000,
            },
        }
    }
}

/// Measures each disturbance that was chosen; hands over its report.
///
/// # Errors
/// What went wrong, and at the end which bounds were broken.
pub fn run(options: &Options, report: &mut dyn FnMut(Report)) -> Result<(), Trouble> {
    let scale = Scale::of(options);
    let chosen: Vec<_> = match options.beside.is_empty() {
        true => Disturbance::value_variants().to_vec(),
        false => options.beside.clone(),
    };
    let runs = if options.brief { 1 } else { options.runs };
    let mut broken = Vec::new();
    if options.beside.is_empty() {
        let (idle, found) = idle::run(options)?;
        report(idle);
        broken.extend(found);
    }
    for disturbance in chosen {
        let bounds = Bounds::of(disturbance, options.brief);
        let runs: Result<Vec<_>, _> = (0..runs).map(|_| once(disturbance, &scale, options)).collect();
        let name = format!("callbacks at {} a second beside: {}", scale.rate, disturbance.name());
        let judged = Report::of(name, &runs?);
        let found = bounds.broken(&judged, scale.rate);
        let verdict = if found.is_empty() { "within its bounds".to_owned() } else { found.join("; ") };
        broken.extend(found.iter().map(|found| format!("{}: {found}", disturbance.name())));
        report(judged.with_verdict(format!("{verdict} ({bounds})")));
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(Trouble::other(format!("beyond bounds: {}", broken.join("; ")))),
    }
}

fn once(disturbance: Disturbance, scale: &Scale, options: &Options) -> Result<Figures, Trouble> {
    let run = Run::start(options)?;
    on_one_thread(measure(&run, disturbance, scale))
}

async fn measure(run: &Run, disturbance: Disturbance, scale: &Scale) -> Result<Figures, Trouble> {
    let mut figures = Figures::default();
    let site = run.site().await?;
    let ready = Ready::new(disturbance, &mut SettingUp::at(run.server.address()).await?, scale).await?;
    let mut load = Load::start(site, CLIENTS, Pace::PerSecond(scale.rate));
    let begins =
        ready.begins().unwrap_or_else(Instant::now).max(Instant::now() + scale.warm_up + scale.alone);
    load.run_for(begins.saturating_duration_since(Instant::now() + scale.alone)).await?;

    run.server.forget_peak()?;
    let alone = load.watch(scale.alone).await?;
    add("alone", &alone, scale.alone, &mut figures);
    figures.add("server memory alone, peak", "MB", run.server.peak_bytes()? as f64 / 1e6);

    let (stopper, stop) = Stopper::new();
    let disturbing = std::thread::spawn(move || on_one_thread(ready.disturb(stop)));
    load.run_for(disturbance.settling()).await?;
    let beside = load.watch(scale.beside).await?;
    add("beside", &beside, scale.beside, &mut figures);
    figures.add("server memory beside, peak", "MB", run.server.peak_bytes()? as f64 / 1e6);
    stopper.stop();
    // The load goes on meanwhile: what is under way has to come to its end.
    while !disturbing.is_finished() {
        load.run_for(Duration::from_millis(20)).await?;
    }
    let done = disturbing.join().map_err(|_| Trouble::other("the disturbance panicked"))??;
    for Done { what, count } in done {
        figures.add(what, "", count as f64);
    }
    let (_, verdict) = load.finish().await?;
    figures.add("lost", "", verdict.lost as f64);
    figures.add("doubled", "", (verdict.doubled + verdict.strange) as f64);
    Ok(figures)
}

fn add(when: &str, seen: &Seen, time: Duration, figures: &mut Figures) {
    figures.add_latency(&format!("SendTaskSuccess {when}"), &seen.send_task_success);
    figures.add(
        format!("round trips {when}"),
        "/s",
        seen.send_task_success.count() as f64 / time.as_secs_f64(),
    );
    figures.add(format!("told to slow down {when}"), "", seen.refused as f64);
}

impl Disturbance {
    /// Until it is what it is about. Slow clients first bring hundreds of megabytes, as fast as they can, and are slow then.
    fn settling(self) -> Duration {
        Duration::from_secs(if self == Self::SlowClient { 4 } else { 0 })
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

impl Ready {
    async fn new(disturbance: Disturbance, set_up: &mut SettingUp, scale: &Scale) -> Result<Self, Trouble> {
        Ok(match disturbance {
            Disturbance::SlowClient => Self::SlowClient(
                slow_client::SlowClient::prepare(set_up, scale.slow_clients, scale.unread_bytes).await?,
            ),
            Disturbance::StuckSubscriber => {
                Self::StuckSubscriber(stuck_subscriber::StuckSubscriber::prepare(set_up).await?)
            }
            Disturbance::PassLoop => Self::PassLoop(pass_loop::PassLoop::prepare(set_up).await?),
            Disturbance::Map => Self::Map(map::Map::prepare(set_up, scale.map_items).await?),
            Disturbance::Purge => Self::Purge(purge::Purge::prepare(set_up, scale.purged).await?),
            Disturbance::Timers => {
                let before = scale.warm_up + scale.alone;
                Self::Timers(timers::Timers::prepare(set_up, scale.timers, before).await?)
            }
            Disturbance::BigPayloads => Self::BigPayloads(big_payloads::BigPayloads::prepare(set_up).await?),
        })
    }

    /// When it begins by itself, if it does.
    fn begins(&self) -> Option<Instant> {
        match self {
            Self::Timers(timers) => Some(timers.due),
            _ => None,
        }
    }

    async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        match self {
            Self::SlowClient(ready) => ready.disturb(stop).await,
            Self::StuckSubscriber(ready) => ready.disturb(stop).await,
            Self::PassLoop(ready) => ready.disturb(stop).await,
            Self::Map(ready) => ready.disturb(stop).await,
            Self::Purge(ready) => ready.disturb(stop).await,
            Self::Timers(ready) => ready.disturb(stop).await,
            Self::BigPayloads(ready) => ready.disturb(stop).await,
        }
    }
}
