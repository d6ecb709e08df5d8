//! `stepwell`: the server, and the command line for people who use one. Here is the list of commands; each has a room of its
//! own.

mod argument;
mod backup;
mod callbacks;
mod client;
mod configuration;
mod credentials;
mod deploy;
mod element;
mod executions;
mod failure;
mod health;
mod history;
mod log;
mod options;
mod pace;
mod period;
mod profiles;
mod restore;
mod serve;
mod start;
mod state_machines;
mod store;
mod terminal;
mod text;
mod validate;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use client::Client;
use failure::Outcome;
use options::{Format, Options};
use terminal::{Terminal, complain};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Step Functions on your own machine: deploy a CloudFormation template, run its workflows, answer their callbacks
#[derive(Debug, Parser)]
#[command(name = "stepwell", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    #[command(subcommand)]
    Store(store::Store),
    Restore(restore::Restore),
    Validate(validate::Validate),
    #[command(flatten)]
    Ask(Ask),
}

/// The commands that ask a server.
#[derive(Debug, Subcommand)]
enum Ask {
    Deploy(deploy::Deploy),
    Start(start::Start),
    #[command(subcommand)]
    Callbacks(callbacks::Callbacks),
    #[command(subcommand)]
    Executions(executions::Executions),
    Backup(backup::Backup),
    Health(health::Health),
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure.line());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    let (matches, file) = configuration::matches(Cli::command(), std::env::args_os().collect())?;
    let Cli { options, format, command } =
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match (command, matches.subcommand_matches("serve")) {
        (Command::Serve(serve), Some(matches)) if serve.print_config => {
            terminal::say(configuration::printed(matches, file.as_ref()).trim_end());
            Ok(ExitCode::SUCCESS)
        }
        (Command::Serve(serve), _) => Ok(serve::run(serve)),
        (Command::Store(store), _) => store::run(&store, format),
        (Command::Restore(restore), _) => restore::run(&restore, format),
        (Command::Validate(validate), _) => validate::run(&validate, format),
        (Command::Ask(command), _) => command.run(&options, format),
    }
}

impl Ask {
    fn run(&self, options: &Options, format: Format) -> Outcome<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::new(options)?;
        let terminal = Terminal::new(self.format().or(format));
        runtime.block_on(async {
            match self {
                Ask::Deploy(deploy) => deploy::run(deploy, &client, &terminal).await,
                Ask::Start(start) => start::run(start, &client, &terminal).await,
                Ask::Callbacks(callbacks) => callbacks::run(callbacks, &client, &terminal).await,
                Ask::Executions(executions) => executions::run(executions, &client, &terminal).await,
                Ask::Backup(backup) => backup::run(backup, &client, &terminal).await,
                Ask::Health(_) => health::run(&client, &terminal).await,
            }
        })
    }

    fn format(&self) -> Format {
        match self {
            Ask::Deploy(deploy) => deploy.format,
            Ask::Start(start) => start.format,
            Ask::Callbacks(callbacks) => callbacks.format(),
            Ask::Executions(executions) => executions.format(),
            Ask::Backup(backup) => backup.format,
            Ask::Health(health) => health.format,
        }
    }
}

#[cfg(test)]
mod tests;
