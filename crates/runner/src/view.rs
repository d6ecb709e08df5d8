//! What a plain process may open, where the kernel's Landlock can say so.
//!
//! Without bubblewrap a function shares the host's file tree, so the tree is cut down to what a function needs: the
//! system's programs, its runtime and its code to read, `/tmp` and its own directory to write. It can't be shown another
//! `/tmp`, so it has the host's, whose owners and modes still count; unless the server's data is in there, for no rule can
//! hide a part of what another one shows. `/dev/shm` likewise. It can't signal or trace anything outside either.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    Scope, path_beneath_rules,
};

/// The newest version that is asked for; what an older kernel lacks is left out.
const VERSION: ABI = ABI::V6;

/// Of the system, what a function may read. What isn't there is skipped.
const SYSTEM: [&str; 10] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/proc", "/sys"];

/// The devices that any program may expect.
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// Of the host, what a function may write, where the server's data isn't in it.
const SHARED: [&str; 2] = ["/tmp", "/dev/shm"];

pub(crate) struct View {
    pub read: Vec<PathBuf>,
    pub write: Vec<PathBuf>,
}

/// What of the host a function may write, if the server's data is in this directory (an absolute path without links).
pub(crate) fn shared_beside(data: &Path) -> Vec<&'static str> {
    let mut shared = SHARED.to_vec();
    shared.retain(|tree| !is_within(tree, data));
    shared
}

/// The tree that functions need and that shows them the server's data, if there is one.
pub(crate) fn shown_with_system(data: &Path) -> Option<&'static str> {
    SYSTEM.into_iter().find(|tree| is_within(tree, data))
}

fn is_within(tree: &str, data: &Path) -> bool {
    // A rule follows links: what is shown is what the name leads to.
    data.starts_with(tree) || Path::new(tree).canonicalize().is_ok_and(|tree| data.starts_with(tree))
}

/// Whether this kernel has it, and lets this process use it.
pub(crate) fn is_possible() -> bool {
    let required = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    required.handle_access(AccessFs::from_all(ABI::V1)).and_then(Ruleset::create).is_ok()
}

impl View {
    /// The rules, to be put in force between fork and exec. `None` on a kernel without them.
    pub fn rules(&self, etc: &[&str]) -> Result<Option<OwnedFd>, RulesetError> {
        let read = SYSTEM.iter().chain(etc).map(Path::new).chain(self.read.iter().map(PathBuf::as_path));
        let write = DEVICES.iter().map(Path::new).chain(self.write.iter().map(PathBuf::as_path));
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(VERSION))?
            .scope(Scope::from_all(VERSION))?
            .create()?
            .add_rules(path_beneath_rules(read, AccessFs::from_read(VERSION)))?
            .add_rules(path_beneath_rules(write, AccessFs::from_all(VERSION)))?;
        Ok(rules.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_servers_data_is_in_is_not_shared() {
        for (data, shared, shown) in [
            ("/var/lib/stepwell", &["/tmp", "/dev/shm"][..], None),
            ("/tmpfs/stepwell", &["/tmp", "/dev/shm"], None),
            ("/tmp/stepwell", &["/dev/shm"], None),
            ("/dev/shm/stepwell", &["/tmp"], None),
            ("/usr/local/stepwell", &["/tmp", "/dev/shm"], Some("/usr")),
        ] {
            assert_eq!(shared_beside(Path::new(data)), shared, "{data}");
            assert_eq!(shown_with_system(Path::new(data)), shown, "{data}");
        }
    }
}
