//! One 277 transaction set: loops 2000A to 2000C around the claims.

use std::io::{self, Write};

use super::Context;
use super::claim::{self, Beginnings, Status};
use super::fit::{first_identifier, first_of, fit, is_identifier};
use super::spool::{Room, Spool};
use super::totals::{QuantityQualifiers, Totals};
use super::verdict::{UNREADABLE, Verdict};
use crate::date::to_d8;
use crate::finding::{BillingProvider, ClaimOutcome, InterchangeInfo, TransactionSetInfo};
use crate::x12::{Delimiters, SegmentWriter};

/// `HL` numbers of the source and of the receiver; billing providers follow.
const SOURCE: u64 = 1;
const RECEIVER: u64 = 2;

/// A transaction set whose claims are still coming in.
///
/// Totals stand before what they sum up, at two levels. So the claims of a billing provider are
/// set aside until the provider is done, then the provider until the transaction set is done;
/// memory stays the same however many there are.
pub(super) struct Transaction {
    info: TransactionSetInfo,
    delimiters: Delimiters,
    line_breaks: bool,
    /// Billing providers that are done.
    providers: Spool,
    /// Claims of the billing provider that is not.
    claims: Spool,
    /// Of the segments of claims.
    beginnings: Beginnings,
    current: Option<Provider>,
    totals: Totals,
    last_hl: u64,
}

/// A billing provider whose claims are still coming in.
struct Provider {
    party: BillingProvider,
    hl: u64,
    totals: Totals,
}

impl Transaction {
    pub fn new(
        context: &Context,
        info: TransactionSetInfo,
        (delimiters, line_breaks): (Delimiters, bool),
        [providers, claims]: [Room; 2],
    ) -> Self {
        let mut claims = Spool::new(claims, delimiters, line_breaks);
        Self {
            beginnings: Beginnings::new(&mut claims.segments, context),
            info,
            delimiters,
            line_breaks,
            providers: Spool::new(providers, delimiters, line_breaks),
            claims,
            current: None,
            totals: Totals::default(),
            last_hl: RECEIVER,
        }
    }

    /// Adds a claim to its billing provider.
    pub fn claim(&mut self, context: &Context, claim: &ClaimOutcome) -> io::Result<()> {
        let ordinal = claim.billing_provider.loop_ordinal;
        let same = self
            .current
            .as_ref()
            .is_some_and(|current| current.party.loop_ordinal == ordinal);
        if !same {
            self.end_provider(context)?;
        }
        let current = match &mut self.current {
            Some(current) => current,
            none => {
                self.last_hl += 1;
                none.insert(Provider {
                    party: claim.billing_provider.clone(),
                    hl: self.last_hl,
                    totals: Totals::default(),
                })
            }
        };
        let verdict = Verdict::new(context.profile, &context.run.catalogue, claim);
        self.last_hl += 1;
        claim::write(
            &mut self.claims.segments,
            (context, &self.beginnings),
            claim,
            &verdict,
            (self.last_hl, current.hl),
        )?;
        current
            .totals
            .count(verdict.is_accepted(), claim.charge.unwrap_or_default());
        Ok(())
    }

    fn end_provider(&mut self, context: &Context) -> io::Result<()> {
        let Some(done) = self.current.take() else {
            return Ok(());
        };
        let out = &mut self.providers.segments;
        provider_loop(out, context, &done)?;
        self.totals.add(&done.totals);
        // Copied as they are, the segments of the claims are not counted there.
        self.claims.drain_into(out.get_mut())
    }

    /// Writes the whole transaction set with the control number `number`, in our interchange `own`. Returns
    /// memory for the next one.
    pub fn finish<W: Write>(
        mut self,
        out: &mut W,
        context: &Context,
        interchange: &InterchangeInfo,
        (own, number): (u32, u64),
    ) -> io::Result<[Room; 2]> {
        self.end_provider(context)?;
        let control_number = format!("{number:04}");
        let mut head =
            SegmentWriter::new(&mut *out, self.delimiters).with_line_breaks(self.line_breaks);
        head.segment("ST")
            .element("277")
            .element(&control_number)
            .element("005010X214")
            .end()?;
        let reference = self.source_loop(&mut head, context, interchange, (own, number))?;
        self.receiver_loop(&mut head, context, interchange, &reference)?;
        let providers = self.providers.segments.segment_count();
        let claims = self.claims.segments.segment_count();
        let segments = head.segment_count() + providers + claims + 1;
        self.providers.drain_into(out)?;
        SegmentWriter::new(out, self.delimiters)
            .with_line_breaks(self.line_breaks)
            .segment("SE")
            .number(segments)
            .element(&control_number)
            .end()?;
        Ok([self.providers.into_room(), self.claims.into_room()])
    }

    /// BHT and loop 2000A; returns our own reference for this transaction set.
    fn source_loop<W: Write>(
        &self,
        out: &mut SegmentWriter<W>,
        context: &Context,
        interchange: &InterchangeInfo,
        (own, number): (u32, u64),
    ) -> io::Result<String> {
        let started = context.run.started;
        let date = to_d8(started.date());
        let time = format!("{:02}{:02}", started.hour(), started.minute());
        // Output, interchange and set number make it unique in a run. Received set numbers begin anew in every group.
        let received = fit(interchange.control_number.as_bytes(), 9);
        let reference = format!(
            "KX{date}{time}{:02}{:05}{own:09}{}{number:04}",
            started.second(),
            context.output_number,
            String::from_utf8_lossy(received),
        );
        out.segment("BHT")
            .element("0085")
            .element("08")
            .element(&reference)
            .element(&date)
            .element(&time)
            .element("TH")
            .end()?;
        out.segment("HL")
            .number(SOURCE)
            .empty()
            .element("20")
            .element("1")
            .end()?;
        let own_id = context.source_id.as_deref().unwrap_or_default();
        let id = first_identifier(&[
            own_id.as_bytes(),
            self.info.application_receiver.as_bytes(),
            interchange.receiver_id.as_bytes(),
            b"KX837",
        ]);
        out.segment("NM1")
            .element("AY")
            .element("2")
            .element(first_of(&[context.source_name.as_bytes(), b"KX837"], 60))
            .skip(4)
            .element("46")
            .element(id)
            .end()?;
        out.segment("TRN").element("1").element(&reference).end()?;
        for qualifier in ["050", "009"] {
            out.segment("DTP")
                .element(qualifier)
                .element("D8")
                .element(&date)
                .end()?;
        }
        Ok(reference)
    }

    /// Loop 2000B: whoever sent the claims, and the totals. A transaction set without a claim
    /// is rejected as a whole.
    fn receiver_loop<W: Write>(
        &self,
        out: &mut SegmentWriter<W>,
        context: &Context,
        interchange: &InterchangeInfo,
        reference: &str,
    ) -> io::Result<()> {
        let has_claims = self.totals != Totals::default();
        out.segment("HL")
            .number(RECEIVER)
            .number(SOURCE)
            .element("21")
            .element(if has_claims { "1" } else { "0" })
            .end()?;
        let submitter = &self.info.submitter;
        let first = if submitter.is_person {
            fit(submitter.first.as_bytes(), 35)
        } else {
            b""
        };
        let id = first_identifier(&[
            submitter.id.as_bytes(),
            self.info.application_sender.as_bytes(),
            interchange.sender_id.as_bytes(),
            b"UNKNOWN",
        ]);
        out.segment("NM1")
            .element("41")
            .element(if submitter.is_person { "1" } else { "2" })
            .element(first_of(
                &[submitter.last_or_organization.as_bytes(), id, b"UNKNOWN"],
                60,
            ))
            .element(first)
            .skip(3)
            .element("46")
            .element(id)
            .end()?;
        // Without a batch number of the submitter ours at least ties the answer together.
        let batch = first_of(
            &[self.info.batch_reference.as_bytes(), reference.as_bytes()],
            50,
        );
        out.segment("TRN").element("2").element(batch).end()?;
        Status {
            reasons: &[if has_claims { "A1:19:AY" } else { UNREADABLE }],
            date: &context.date,
            action: if has_claims { "WQ" } else { "U" },
            charge: Some(self.totals.charge()),
            remark: "",
        }
        .write(out)?;
        self.totals.write(out, &QuantityQualifiers::RECEIVER)
    }
}

/// Loops 2000C to 2200C.
fn provider_loop<W: Write>(
    out: &mut SegmentWriter<W>,
    context: &Context,
    done: &Provider,
) -> io::Result<()> {
    out.segment("HL")
        .number(done.hl)
        .number(RECEIVER)
        .element("19")
        .element("1")
        .end()?;
    let provider = &done.party;
    // Whoever has no NPI (NM109 is empty) is named by the tax number.
    let tax_id = provider.tax_id.expose().as_bytes();
    // The social security number of older guides (34) is a person's, and no number of an employer.
    let own_id = match provider.id_qualifier.as_bytes() {
        b"34" => b"",
        _ => provider.id.as_bytes(),
    };
    let id = first_identifier(&[own_id, tax_id, context.placeholder_id()]);
    let qualifier = match provider.id_qualifier.as_bytes() {
        _ if id.is_empty() => "",
        b"XX" if is_identifier(own_id) => "XX",
        // The EIN of older guides (24) is a tax number.
        _ => "FI",
    };
    let first = if provider.is_person {
        fit(provider.first.as_bytes(), 35)
    } else {
        b""
    };
    out.segment("NM1")
        .element("85")
        .element(if provider.is_person { "1" } else { "2" })
        .element(first_of(
            &[provider.last_or_organization.as_bytes(), b"UNKNOWN"],
            60,
        ))
        .element(first)
        .skip(3)
        .element(qualifier)
        .element(id)
        .end()?;
    // "0" is customary where there is no trace number.
    out.segment("TRN").element("1").element("0").end()?;
    Status {
        reasons: &["A1:19:AY"],
        date: b"",
        action: "WQ",
        charge: Some(done.totals.charge()),
        remark: "",
    }
    .write(out)?;
    done.totals.write(out, &QuantityQualifiers::PROVIDER)
}
