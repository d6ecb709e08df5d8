//! Measures what an invocation costs on this machine: cold, warm, and frozen, for each language and sandbox.
//! Needs no network. `cargo run --release -p stepwell-runner --example measure`
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a person runs it and reads what it says

use std::sync::Arc;
use std::time::{Duration, Instant};

use stepwell_runner::{FunctionLog, FunctionSpec, LogSink, Runner, RunnerConfig, SandboxChoice};

#[path = "../tests/world/mod.rs"]
mod world;

struct Nowhere;

impl LogSink for Nowhere {
    fn line(&self, _log: FunctionLog) {}
}

const COLD: usize = 10;
const WARM: usize = 2000;

#[tokio::main]
async fn main() {
    for sandbox in [SandboxChoice::Plain, SandboxChoice::Bubblewrap] {
        let directory = tempfile::tempdir().unwrap();
        let config = RunnerConfig {
            data_dir: directory.path().join("functions"),
            runtimes_dir: directory.path().join("runtimes"),
            offline: true,
            max_processes: 16,
            max_per_function: 16,
            idle_limit: Duration::from_secs(600),
            logs: Arc::new(Nowhere),
            sandbox,
            authorities: None,
        };
        let started = Instant::now();
        let runner = match Runner::start(config).await {
            Ok(runner) => runner,
            Err(error) => {
                println!("{sandbox:?}: {error}");
                continue;
            }
        };
        println!("{sandbox:?}: the runner started in {:.1} ms", milliseconds(started.elapsed()));
        for (runtime, file, code) in [
            (world::host_node(), "index.js", "exports.handler = async (event) => event;"),
            (world::host_python(), "index.py", "def handler(event, context):\n    return event\n"),
        ] {
            let Some(runtime) = runtime else { continue };
            let code = runner.unpack(world::zip(&[(file, code)])).await.unwrap();
            measure(&runner, sandbox, world::spec(1, &runtime, "index.handler", code)).await;
        }
    }
}

async fn measure(runner: &Runner, sandbox: SandboxChoice, mut spec: FunctionSpec) {
    runner.prepare(&spec, &|_| ()).await.unwrap();
    let mut cold = Vec::new();
    for revision in 0..COLD {
        spec.revision = revision.to_string();
        cold.push(one(runner, &spec).await);
    }
    let mut warm = Vec::new();
    for _ in 0..WARM {
        warm.push(one(runner, &spec).await);
    }
    let runtime = &spec.runtime;
    println!("{sandbox:?} {runtime}: cold {} (of {COLD}), warm {} (of {WARM})", spread(cold), spread(warm));
    throughput(runner, &spec).await;
}

async fn one(runner: &Runner, spec: &FunctionSpec) -> f64 {
    let spec = Arc::new(spec.clone());
    let started = Instant::now();
    runner.invoke(spec, world::invocation(r#"{"a":1}"#)).await.unwrap();
    milliseconds(started.elapsed())
}

/// With as many callers as there are cores.
async fn throughput(runner: &Runner, spec: &FunctionSpec) {
    let callers = std::thread::available_parallelism().map_or(2, usize::from);
    let loops = (0..callers).map(|_| async {
        for _ in 0..WARM {
            one(runner, spec).await;
        }
    });
    let started = Instant::now();
    join_all(loops).await;
    let per_second = (callers * WARM) as f64 / started.elapsed().as_secs_f64();
    println!("{} with {callers} callers: {per_second:.0} invocations a second", spec.runtime);
}

async fn join_all(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut open: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        open.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if open.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

fn spread(mut samples: Vec<f64>) -> String {
    samples.sort_by(f64::total_cmp);
    let at = |share: usize| samples[(samples.len() - 1) * share / 100];
    format!("p50 {:.2} ms, p99 {:.2} ms", at(50), at(99))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
