//! `stepwell`: the server, and the command line for people who use one. Here is the list of commands; each has a room of its
//! own.

mod argument;
mod callbacks;
mod client;
mod credentials;
mod deploy;
mod element;
mod executions;
mod failure;
mod history;
mod options;
mod pace;
mod profiles;
mod serve;
mod start;
mod state_machines;
mod terminal;
mod text;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use client::Client;
use failure::Outcome;
use options::{Format, Options};
use terminal::{Terminal, complain};

/// Step Functions on your own machine: deploy a CloudFormation template, run its workflows, answer their callbacks
#[derive(Debug, Parser)]
#[command(name = "stepwell", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Deploy(deploy::Deploy),
    Start(start::Start),
    #[command(subcommand)]
    Callbacks(callbacks::Callbacks),
    #[command(subcommand)]
    Executions(executions::Executions),
}

fn main() -> ExitCode {
    let Cli { options, command } = Cli::parse();
    let outcome = match command {
        Command::Serve(serve) => return serve::run(serve),
        Command::Deploy(deploy) => ask(&options, deploy.format, async |client, terminal| {
            deploy::run(&deploy, client, terminal).await
        }),
        Command::Start(start) => {
            ask(&options, start.format, async |client, terminal| start::run(&start, client, terminal).await)
        }
        Command::Callbacks(callbacks) => ask(&options, callbacks.format(), async |client, terminal| {
            callbacks::run(&callbacks, client, terminal).await
        }),
        Command::Executions(executions) => ask(&options, executions.format(), async |client, terminal| {
            executions::run(&executions, client, terminal).await
        }),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure.line());
            ExitCode::FAILURE
        }
    }
}

/// Runs a command that asks a server.
fn ask(
    options: &Options,
    format: Format,
    command: impl AsyncFnOnce(&Client, &Terminal) -> Outcome<ExitCode>,
) -> Outcome<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::new(options)?;
    runtime.block_on(command(&client, &Terminal::new(format.output)))
}

#[cfg(test)]
mod tests;
