//! Code lists: services with an invented price in cents.

/// Visits that begin an ordinary professional claim.
pub(super) const VISITS: &[(&str, i64)] = &[
    ("99213", 12_500),
    ("99214", 18_400),
    ("99212", 8_100),
    ("99203", 16_250),
    ("99204", 24_990),
    ("99215", 25_600),
    ("99396", 21_000),
];

/// Other ordinary professional services: laboratory, imaging, injections, small procedures.
pub(super) const SERVICES: &[(&str, i64)] = &[
    ("36415", 1_200),
    ("80053", 4_850),
    ("85025", 3_175),
    ("71046", 9_900),
    ("93000", 6_400),
    ("J1885", 1_850),
    ("83036", 3_900),
    ("80061", 5_225),
    ("81003", 1_050),
    ("87880", 4_400),
    ("90471", 3_300),
    ("90686", 3_950),
    ("20610", 17_500),
    ("96372", 4_500),
    ("84443", 6_110),
    ("82306", 8_275),
    ("94010", 7_020),
    ("87086", 3_640),
    ("69210", 8_800),
    ("17000", 11_130),
];

/// Hospital lines with a code: revenue code, code, price.
pub(super) const HOSPITAL_SERVICES: &[(&str, &str, i64)] = &[
    ("0300", "80053", 8_850),
    ("0300", "36415", 2_200),
    ("0305", "85025", 6_175),
    ("0301", "83036", 7_400),
    ("0320", "71046", 31_000),
    ("0351", "70450", 114_500),
    ("0352", "74177", 189_900),
    ("0450", "99283", 68_000),
    ("0450", "99284", 102_050),
    ("0510", "99213", 19_500),
    ("0636", "J1885", 2_950),
    ("0730", "93000", 14_400),
    ("0312", "88305", 21_025),
    ("0260", "96365", 41_000),
];

/// Hospital lines without a code: revenue code, price.
pub(super) const HOSPITAL_SUPPLIES: &[(&str, i64)] = &[
    ("0250", 9_470),
    ("0258", 13_300),
    ("0270", 22_810),
    ("0710", 51_000),
];

/// Room and board: revenue code, price of a day.
pub(super) const ROOMS: &[(&str, i64)] = &[("0120", 142_000), ("0110", 168_500), ("0200", 355_000)];

/// Dental services: code, price, whether a tooth and whether a surface is named.
pub(super) const DENTAL: &[(&str, i64, bool, bool)] = &[
    ("D0120", 5_500, false, false),
    ("D0150", 9_250, false, false),
    ("D0274", 7_100, false, false),
    ("D1110", 10_400, false, false),
    ("D2140", 15_500, true, true),
    ("D2391", 18_950, true, true),
    ("D2740", 121_000, true, false),
    ("D3330", 114_000, true, false),
    ("D4341", 24_800, false, false),
    ("D7140", 19_900, true, false),
    ("D7210", 31_400, true, false),
];

/// Tooth numbers (universal system) and surfaces.
pub(super) const TEETH: &[&str] = &["2", "3", "5", "8", "12", "14", "18", "19", "21", "29", "30"];
pub(super) const SURFACES: &[&str] = &["M", "O", "D", "B", "L"];

/// Diagnoses that belong to no sex and to no policy.
pub(super) const DIAGNOSES: &[&str] = &[
    "I10", "E119", "J069", "M546", "E785", "R079", "J209", "N390", "K219", "M25561", "M25511",
    "R42", "E039", "F411", "E559", "D649", "R5383", "M542", "Z23", "R0602", "M170", "Z0000",
];

/// Services of women and of men by the sex edit tables, usual on professional claims.
pub(super) const FEMALE_SERVICES: &[(&str, i64)] = &[
    ("Q0091", 5_900),
    ("G0101", 7_850),
    ("88175", 6_640),
    ("58558", 61_500),
    ("57454", 42_250),
];
pub(super) const MALE_SERVICES: &[(&str, i64)] = &[
    ("G0102", 3_900),
    ("G0103", 4_475),
    ("84153", 4_420),
    ("54161", 58_000),
];

/// The same for hospitals, with the revenue code.
pub(super) const FEMALE_HOSPITAL: &[(&str, &str, i64)] = &[
    ("0311", "88175", 8_640),
    ("0360", "58558", 261_500),
    ("0510", "G0101", 9_850),
];
pub(super) const MALE_HOSPITAL: &[(&str, &str, i64)] = &[
    ("0300", "G0103", 6_475),
    ("0301", "84153", 6_420),
    ("0360", "54161", 158_000),
];
