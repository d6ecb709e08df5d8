//! `stepwell serve`: starts the server, says where it listens, and ends it on SIGTERM or SIGINT.

use crate::period;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use stepwell_server::{Config, Mode, SandboxChoice, Server};
use tokio::signal::unix::{SignalKind, signal};

/// Start the server: all services on one port
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4566", env = "STEPWELL_LISTEN")]
    listen: SocketAddr,
    /// Where all data is kept; made if missing, for its owner alone
    #[arg(long, value_name = "DIRECTORY", default_value = "./.stepwell", env = "STEPWELL_DATA_DIR")]
    data_dir: PathBuf,
    /// Whether requests must be signed with a key that this server issued
    #[arg(long, value_enum, default_value = "off", env = "STEPWELL_AUTH")]
    auth: Auth,
    /// Listen beyond loopback although signatures are not required: whoever reaches the address may do anything
    #[arg(long)]
    insecure_listen: bool,
    /// A host name under which clients reach this server, beside localhost and addresses (may be repeated)
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// An origin whose web pages may call this server, such as https://tools.example (may be repeated)
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,
    /// Fetch no runtimes and SDKs for functions from package registries; use what is there
    #[arg(long, env = "STEPWELL_OFFLINE")]
    offline: bool,
    /// Free disk space below which requests that add data are refused; 0 refuses none
    #[arg(long, value_name = "MIB", default_value_t = 64, env = "STEPWELL_DISK_RESERVE")]
    disk_reserve: u32,
    /// What contains functions
    #[arg(long, value_enum, default_value = "auto", env = "STEPWELL_SANDBOX")]
    sandbox: Sandbox,
    /// How long executions are kept after they ended, such as 90d, 36h, 30m
    #[arg(long, value_name = "PERIOD", default_value = "90d", value_parser = period::parse,
          env = "STEPWELL_EXECUTION_RETENTION")]
    execution_retention: Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Auth {
    /// An access key id of twelve digits selects that account, a key issued here its own
    Off,
    /// Signature version 4 is verified
    Required,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sandbox {
    /// Bubblewrap where it works, else processes with limits
    Auto,
    /// Bubblewrap, or no start
    Bubblewrap,
    /// Processes with limits
    Process,
}

impl Serve {
    fn config(self) -> Config {
        Config {
            listen: self.listen,
            data_dir: self.data_dir,
            auth: match self.auth {
                Auth::Off => Mode::Off,
                Auth::Required => Mode::Required,
            },
            insecure_listen: self.insecure_listen,
            hosts: self.hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect(),
            cors_origins: self.cors_origins,
            offline: self.offline,
            disk_reserve: u64::from(self.disk_reserve) << 20,
            sandbox: match self.sandbox {
                Sandbox::Auto => SandboxChoice::Auto,
                Sandbox::Bubblewrap => SandboxChoice::Bubblewrap,
                Sandbox::Process => SandboxChoice::Plain,
            },
            execution_retention: self.execution_retention,
        }
    }
}

/// Serves until a signal says to stop.
pub fn run(serve: Serve) -> ExitCode {
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the host gives no threads: {error}")),
    };
    runtime.block_on(async {
        // Before the server starts, so that a signal that comes early isn't lost.
        let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return fail("signals can't be caught") };
        let server = match Server::start(serve.config()).await {
            Ok(server) => server,
            Err(error) => return fail(&error.to_string()),
        };
        crate::terminal::say(&format!(
            "stepwell {} is listening on http://{}",
            env!("CARGO_PKG_VERSION"),
            server.address()
        ));
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("shutting down");
        server.shut_down().await;
        ExitCode::SUCCESS
    })
}

/// Log lines go to standard error; `STEPWELL_LOG` chooses which, such as `info` or `stepwell_server=debug`.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("STEPWELL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,fjall=warn,lsm_tree=warn"));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    log.with_ansi(std::io::stderr().is_terminal()).init();
}

fn fail(reason: &str) -> ExitCode {
    crate::terminal::complain(reason);
    ExitCode::FAILURE
}
