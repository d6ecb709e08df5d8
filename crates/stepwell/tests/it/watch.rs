//! Executions followed while they run.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use crate::server::{Server, asks};

/// A watched execution, and its lines as they come.
struct Watched {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Watched {
    fn start(server: &Server, name: &str) -> Watched {
        let mut command = server.command(&["start", "orders", "--name", name, "--watch"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Watched { child, lines }
    }

    /// Waits for the line that says that it is parked, and gives the token that it shows.
    fn token(&mut self) -> String {
        let mut line = String::new();
        while !line.contains("waits") {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended early");
        }
        line.split("token ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    }

    /// The words at the beginning of the lines to come, and the exit code.
    fn end(mut self) -> (Vec<String>, Option<i32>) {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        let words = rest.lines().map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect();
        (words, self.child.wait().unwrap().code())
    }
}

#[test]
fn a_watched_execution_shows_its_states_and_ends_with_its_outcome() {
    let server = Server::start();
    server.create_state_machine("orders", &asks(&server));

    let mut watched = Watched::start(&server, "good");
    let token = watched.token();
    server.text(&["callbacks", "fail", &token, "--error", "Again"]);
    let again = watched.token();
    assert_ne!(token, again);
    server.text(&["callbacks", "succeed", &again]);
    let words = ["left", "entered", "left", "succeeded"].map(str::to_owned).to_vec();
    assert_eq!(watched.end(), (words, Some(0)));

    let mut watched = Watched::start(&server, "bad");
    let token = watched.token();
    server.text(&["callbacks", "fail", &token]);
    let words = ["failed", "left", "entered", "failed"].map(str::to_owned).to_vec();
    assert_eq!(watched.end(), (words, Some(1)));
}

#[test]
fn scripts_get_the_execution_as_it_ended() {
    let server = Server::start();
    let passes = serde_json::json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    server.create_state_machine("orders", &passes);
    let input = server.folder.path().join("input.json");
    std::fs::write(&input, "[1, 2]").unwrap();
    let ended = server.json(&["start", "orders", "--watch", "--input", &format!("@{}", input.display())]);
    assert_eq!((&ended["status"], &ended["output"]), (&"SUCCEEDED".into(), &"[1,2]".into()));
}
