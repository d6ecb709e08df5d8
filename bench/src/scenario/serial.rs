//! One client that starts one execution after the other: what a durable answer takes when nobody shares the sync.

use super::{WARM_UP, seconds};
use crate::figures::{Figures, Latency};
use crate::flow::start_body;
use crate::http::Connection;
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::trouble::Trouble;
use std::time::{Duration, Instant};

/// # Errors
/// What went wrong.
pub fn run(options: &Options) -> Result<Figures, Trouble> {
    let run = Run::start(options)?;
    on_one_thread(async {
        let mut figures = Figures::default();
        let site = run.site().await?;
        let mut connection = Connection::open(site.address).await?;
        let mut start_for = async |time: Duration| {
            let mut latency = Latency::default();
            let began = Instant::now();
            while began.elapsed() < time {
                let body = start_body(&site.callback, latency.count());
                let at = Instant::now();
                connection.call(&site.start_execution, body.as_bytes()).await?;
                latency.record(at.elapsed());
            }
            Ok::<_, Trouble>(latency)
        };
        start_for(WARM_UP).await?;
        let stretch = Stretch::begin(&run.server)?;
        let latency = start_for(seconds(options)).await?;
        stretch.end("executions started", latency.count(), &mut figures)?;
        figures.add_latency("StartExecution", &latency);
        run.add_sync_rate(&mut figures)?;
        Ok(figures)
    })
}
