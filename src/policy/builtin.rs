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
pub(super) const PACKS: &[Builtin] = &[
    Builtin {
        name: "policies/rules.toml",
        text: include_str!("../../policies/rules.toml"),
        foundation: true,
    },
    Builtin {
        name: "policies/payers.toml",
        text: include_str!("../../policies/payers.toml"),
        foundation: true,
    },
    Builtin {
        name: "policies/fees.toml",
        text: include_str!("../../policies/fees.toml"),
        foundation: true,
    },
    Builtin {
        name: "policies/therapy.toml",
        text: include_str!("../../policies/therapy.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme.toml",
        text: include_str!("../../policies/dme.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/national.toml",
        text: include_str!("../../policies/national.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/sex.toml",
        text: include_str!("../../policies/sex.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/conflicts.toml",
        text: include_str!("../../policies/conflicts.toml"),
        foundation: false,
    },
];
