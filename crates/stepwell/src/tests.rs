//! The command line as it is parsed.

use clap::{CommandFactory, Parser};

use super::Cli;

fn parsed(line: &str) -> Result<String, String> {
    let arguments = std::iter::once("stepwell").chain(line.split(' ').filter(|word| !word.is_empty()));
    Cli::try_parse_from(arguments).map(|cli| format!("{cli:?}")).map_err(|error| error.to_string())
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn command_lines_are_understood() {
    let cases = [
        ("deploy t.yml --stack-name s", "stack_name: \"s\""),
        (
            "deploy t.yml --stack-name s --parameter A=1 B=x=y --tags k=v",
            "parameters: [(\"A\", \"1\"), (\"B\", \"x=y\")], ",
        ),
        (
            "deploy t.yml --stack-name s --parameter A=1 --parameter B=2",
            "parameters: [(\"A\", \"1\"), (\"B\", \"2\")], ",
        ),
        ("deploy t.yml --stack-name s --parameter-overrides A=1", "parameters: [(\"A\", \"1\")], "),
        ("deploy t.yml --stack-name s", "capabilities: None"),
        ("deploy t.yml --stack-name s --capabilities", "capabilities: Some([])"),
        ("deploy t.yml --stack-name s --capabilities A,B", "capabilities: Some([\"A\", \"B\"])"),
        ("start m --input - --watch", "watch: true"),
        ("start m --output json", "output: Some(Json)"),
        ("--output json start m", "format: Format { output: Some(Json) }, command"),
        ("--endpoint-url http://x start m", "endpoint_url: \"http://x\""),
        ("callbacks fail t --output json", "output: Some(Json)"),
        ("start m --output json --region eu-west-1", "region: Some(\"eu-west-1\")"),
        ("callbacks succeed -ab --output {\"a\":1}", "output: \"{\\\"a\\\":1}\""),
        ("callbacks fail --execution e --state s --error E", "execution: Some(\"e\")"),
        ("callbacks succeed t --task-output 1", "output: \"1\""),
        ("callbacks heartbeat t", "token: Some(\"t\")"),
        ("callbacks list --execution e", "execution: Some(\"e\")"),
        ("executions list m --status failed", "limit: 50"),
        ("executions show e --full", "full: true"),
        ("serve --execution-retention 36h", "execution_retention: 129600s"),
        ("store check --data-dir d --output json", "output: Some(Json)"),
        ("backup --to d", "to: \"d\""),
        ("restore --from f --data-dir d", "from: \"f\""),
        ("health", "Health"),
    ];
    for (line, expected) in cases {
        let parsed = parsed(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(parsed.contains(expected), "{line}: {parsed}");
    }
}

#[test]
fn what_is_not_meant_is_refused() {
    let cases = [
        ("", "Usage: stepwell"),
        ("deploy t.yml", "--stack-name"),
        ("deploy --stack-name s", "<TEMPLATE>"),
        ("deploy t.yml --stack-name s --parameter A", "KEY=VALUE is asked for"),
        ("start", "<STATE_MACHINE>"),
        ("start m --full", "--watch"),
        ("start m --output xml", "possible values: text, json"),
        ("callbacks succeed", "required"),
        ("callbacks succeed t --execution e", "cannot be used with"),
        ("callbacks succeed t --state s", "cannot be used with"),
        ("executions list --status odd", "possible values"),
        ("executions list --limit many", "invalid"),
        ("executions show", "<EXECUTION>"),
    ];
    for (line, expected) in cases {
        let error = parsed(line).expect_err(line);
        assert!(error.contains(expected), "{line}: {error}");
    }
}

/// Every command says what it is for, and each of its arguments too.
#[test]
fn every_command_and_argument_has_help() {
    fn check(command: &clap::Command) {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
}
