//! Claims for ledgers, and what is found on them.

/// A claim of one patient, 97799 for so many dollars on 2026-03-02, in a file of its own.
pub fn spent(name: &str, frequency: &str, original: &str, charge: u32) -> String {
    spent_on("20260302", name, frequency, original, charge)
}

/// The same on another day (YYYYMMDD).
pub fn spent_on(day: &str, name: &str, frequency: &str, original: &str, charge: u32) -> String {
    let reference = if original.is_empty() {
        String::new()
    } else {
        format!("REF*F8*{original}~")
    };
    in_file(&format!(
        "CLM*{name}*{charge}***11:B:{frequency}*Y*A*Y*Y~{reference}HI*ABK:M5450~\
         LX*1~SV1*HC:97799:GP*{charge}*UN*1***1~DTP*472*D8*{day}~"
    ))
}

/// These claims of one patient, in a file of their own.
pub fn in_file(claims: &str) -> String {
    let segments = claims.matches('~').count() + 14;
    format!(
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260305*0900*^*00501*000000001*0*T*:~\
         GS*HC*SENDER*RECEIVER*20260305*0900*1*X*005010X222A1~ST*837*0001*005010X222A1~\
         BHT*0019*00*0001*20260305*0900*CH~NM1*41*2*SUBMITTER*****46*S~NM1*40*2*RECEIVER*****46*R~\
         HL*1**20*1~NM1*85*2*CLINIC*****XX*1999900016~N3*1 MAIN ST~N4*ANYTOWN*OH*430010000~\
         HL*2*1*22*0~SBR*P*18*******MB~NM1*IL*1*CANLAST*CANFIRST****MI*1CANMEMBER1~DMG*D8*19470313*F~\
         NM1*PR*2*MEDICARE*****PI*MEDB~{claims}SE*{segments}*0001~GE*1*1~IEA*1*000000001~"
    )
}

pub fn findings(report: &str) -> Vec<String> {
    report
        .lines()
        .filter(|line| line.contains("\"type\":\"finding\""))
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let data = &value["data"];
            format!("{} {} {}", data["claim"], data["line"], data["message"])
        })
        .collect()
}
