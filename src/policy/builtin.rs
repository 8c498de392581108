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
        name: "policies/contractors.toml",
        text: include_str!("../../policies/contractors.toml"),
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
        name: "policies/therapy-thresholds.toml",
        text: include_str!("../../policies/therapy-thresholds.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/therapy-facility.toml",
        text: include_str!("../../policies/therapy-facility.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-respiratory.toml",
        text: include_str!("../../policies/dme-respiratory.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-oxygen.toml",
        text: include_str!("../../policies/dme-oxygen.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-glucose.toml",
        text: include_str!("../../policies/dme-glucose.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-mobility.toml",
        text: include_str!("../../policies/dme-mobility.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-beds.toml",
        text: include_str!("../../policies/dme-beds.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-orthoses.toml",
        text: include_str!("../../policies/dme-orthoses.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-devices.toml",
        text: include_str!("../../policies/dme-devices.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-nutrition-and-drugs.toml",
        text: include_str!("../../policies/dme-nutrition-and-drugs.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-scope-unread.toml",
        text: include_str!("../../policies/dme-scope-unread.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/dme-without-kx.toml",
        text: include_str!("../../policies/dme-without-kx.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/national.toml",
        text: include_str!("../../policies/national.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/local.toml",
        text: include_str!("../../policies/local.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/rehab.toml",
        text: include_str!("../../policies/rehab.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/sex-female.toml",
        text: include_str!("../../policies/sex-female.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/sex-male.toml",
        text: include_str!("../../policies/sex-male.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/plans.toml",
        text: include_str!("../../policies/plans.toml"),
        foundation: false,
    },
    Builtin {
        name: "policies/conflicts.toml",
        text: include_str!("../../policies/conflicts.toml"),
        foundation: false,
    },
];
