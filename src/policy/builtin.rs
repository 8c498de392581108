//! The packs that are compiled in.

/// A pack that is compiled in.
pub(super) struct Builtin {
    /// Name in error messages.
    pub name: &'static str,
    /// The TOML text.
    pub text: &'static str,
    /// Defines finding codes and payers but no policy: loaded even when the built-in policies
    /// are not, because other packs build on it.
    pub foundation: bool,
}

/// In the order in which they are loaded.
pub(super) const PACKS: &[Builtin] = &[];
