//! `stepwell serve`: starts the server, says where it listens, reads its certificate anew on SIGHUP, and ends it on SIGTERM or
//! SIGINT.

use crate::log::{self, Form};
use crate::period;
use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use stepwell_server::{Config, Mode, SandboxChoice, Server, TlsFiles};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Start the server: all services on one port
#[derive(Debug, Args)]
pub struct Serve {
    /// A configuration file, TOML: a key for each of these options, spelled as the option; options and environment go before it
    #[arg(long, value_name = "FILE", env = "STEPWELL_CONFIG")]
    config: Option<PathBuf>,
    /// Show the configuration in force, and where each value comes from, and end
    #[arg(long)]
    pub print_config: bool,
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
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false",
        default_missing_value = "true", value_parser = BoolishValueParser::new(), action = clap::ArgAction::Set,
        env = "STEPWELL_INSECURE_LISTEN")]
    insecure_listen: bool,
    /// A host name under which clients reach this server, beside localhost and addresses (may be repeated)
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// An origin whose web pages may call this server, such as https://tools.example (may be repeated)
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,
    /// Speak TLS, with this certificate: PEM, the server's own first, then those between it and its authority
    #[arg(long, value_name = "FILE", env = "STEPWELL_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key: PEM
    #[arg(long, value_name = "FILE", env = "STEPWELL_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// The authority that functions are to trust when they call this server: PEM. Not needed for one that is publicly trusted, or
    /// whose own certificate ends the file of --tls-cert
    #[arg(long, value_name = "FILE", env = "STEPWELL_TLS_CA")]
    tls_ca: Option<PathBuf>,
    /// A second address, for metrics, health and readiness alone: it asks for no signatures
    #[arg(long, value_name = "ADDRESS", env = "STEPWELL_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    /// A server for the calls that state machines make of a service which is not here, such as dynamodb=http://127.0.0.1:8000
    /// (may be repeated)
    #[arg(long = "endpoint", value_name = "SERVICE=URL", value_parser = endpoint)]
    endpoints: Vec<String>,
    /// Mocked responses of Task states, for executions that are started under a test case, as StateMachineArn#TestCase: a file in
    /// the form of Step Functions Local
    #[arg(long, value_name = "FILE", env = "STEPWELL_MOCK_CONFIG")]
    mock_config: Option<PathBuf>,
    /// Fetch no runtimes and SDKs for functions from package registries; use what is there
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false",
        default_missing_value = "true", value_parser = BoolishValueParser::new(), action = clap::ArgAction::Set,
        env = "STEPWELL_OFFLINE")]
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
    /// How log lines look
    #[arg(long, value_enum, default_value = "text", env = "STEPWELL_LOG_FORMAT")]
    log_format: Form,
    /// Which log lines are written: a level, or levels by part, such as `info,stepwell_server=debug`
    #[arg(long, value_name = "FILTER", default_value = log::DEFAULT_FILTER, env = "STEPWELL_LOG", value_parser = filter)]
    log_level: String,
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
    fn config(self) -> Result<Config, String> {
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key, authority: self.tls_ca }),
            (None, None) if self.tls_ca.is_none() => None,
            _ => return Err("`--tls-cert` and `--tls-key` go together, and `--tls-ca` with them".to_owned()),
        };
        Ok(Config {
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
            metrics_listen: self.metrics_listen,
            tls,
            endpoints: self.endpoints.iter().filter_map(|given| given.split_once('=')).map(owned).collect(),
            mock_config: self.mock_config,
        })
    }
}

/// Serves until a signal says to stop.
pub fn run(serve: Serve) -> ExitCode {
    // INVARIANT: the command line took it, so it can be read.
    log::start(serve.log_format, serve.log_level.parse().expect("a filter that was read before"));
    let config = match serve.config() {
        Ok(config) => config,
        Err(reason) => return fail(&reason),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the host gives no threads: {error}")),
    };
    runtime.block_on(async {
        // Before the server starts, so that a signal that comes early isn't lost.
        let signals =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = signals else {
            return fail("signals can't be caught");
        };
        let server = match Server::start(config).await {
            Ok(server) => server,
            Err(error) => return fail(&error.to_string()),
        };
        crate::terminal::say(&format!(
            "stepwell {} is listening on {}://{}",
            env!("CARGO_PKG_VERSION"),
            server.scheme(),
            server.address()
        ));
        if let Some(address) = server.metrics_address() {
            tracing::info!("metrics, health and readiness are on http://{address}/_stepwell/");
        }
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => server.reload().await,
            }
        }
        tracing::info!("shutting down");
        server.shut_down().await;
        ExitCode::SUCCESS
    })
}

/// A service and the URL of a server; it is kept as it was written.
fn endpoint(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((service, url))
            if !service.is_empty() && (url.starts_with("http://") || url.starts_with("https://")) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("a service and a URL are asked for, such as dynamodb=http://127.0.0.1:8000".to_owned()),
    }
}

fn owned((service, url): (&str, &str)) -> (String, String) {
    (service.to_owned(), url.to_owned())
}

/// A filter that can be read; it is kept as it was written.
fn filter(text: &str) -> Result<String, String> {
    text.parse::<EnvFilter>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn fail(reason: &str) -> ExitCode {
    crate::terminal::complain(reason);
    ExitCode::FAILURE
}
