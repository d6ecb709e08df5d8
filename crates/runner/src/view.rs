//! What a plain process may open, where the kernel's Landlock can say so.
//!
//! Without bubblewrap a function shares the host's file tree, so the tree is cut down to what a function needs: the
//! system's programs, its runtime and its code to read, `/tmp` and its own directory to write. It can't be shown another
//! `/tmp`, so it has the host's, whose owners and modes still count; unless the server's data is in there, for no rule can
//! hide a part of what another one shows. It can't signal or trace anything outside either.

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

pub(crate) struct View {
    pub read: Vec<PathBuf>,
    pub write: Vec<PathBuf>,
    /// The host's `/tmp` isn't shown: the function has only the directory that `TMPDIR` names.
    pub hides_tmp: bool,
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
        let shared = if self.hides_tmp { &["/dev"][..] } else { &["/tmp", "/dev"] };
        let write = shared.iter().map(Path::new).chain(self.write.iter().map(PathBuf::as_path));
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(VERSION))?
            .scope(Scope::from_all(VERSION))?
            .create()?
            .add_rules(path_beneath_rules(read, AccessFs::from_read(VERSION)))?
            .add_rules(path_beneath_rules(write, AccessFs::from_all(VERSION)))?;
        Ok(rules.into())
    }
}
