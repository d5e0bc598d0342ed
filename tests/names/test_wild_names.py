"""Names as clinics write them, with what they are: set down before the word lists were looked at."""

from __future__ import annotations

import pytest

from dosimetry.names import Role, Side, match_name

# Role and side -> names, parted by bars. An unpaired organ has no side.
MEANT = {
    (Role.HEART, None): """
        Heart | heart | HEART | Heart_1 | Heart 2 | Whole Heart | WholeHeart | Herz | HERZ | herz_ges | Hart |
        Hjerte | Coeur | Cœur | COEUR | Cuore | corazon | Corazón | Coração | OAR_Heart
    """,
    (Role.LEFT_VENTRICLE, None): """
        Heart_LV | Ventricle_L | LV | LeftVentricle | Left Ventricle | left_ventricle | Ventrikel links |
        linker Ventrikel | Ventricule gauche | Ventricolo sx
    """,
    (Role.LAD, None): """
        A_LAD | LAD | lad | LAD_CA | LADCA | RIVA | Riva | IVA | Left Anterior Descending | Art. LAD
    """,
    (Role.LUNG, Side.LEFT): """
        Lung_L | lung_l | Lt Lung | Lung Lt | Lung-Left | Left Lung | LeftLung | LLung | L Lung | L. Lung |
        Lung (L) | LungL | Lung LT | LT_LUNG | Lung_Lt_1 | lung_left_2 | Lunge li | Lunge_li | Lunge links |
        Lunge Li. | linke Lunge | LungeL | Long_L | Long links | LongL | Lunge_sin | Lunge sin | Pulmo sin |
        Poumon_G | Poumon G | Poumon gauche | PoumonG | Polmone_sx | Polmone sinistro | Pulmon_izq |
        Pulmón Izq
    """,
    (Role.LUNG, Side.RIGHT): """
        Lung_R | LUNG_R | Rt Lung | Lung, Rt | Lung-Right | Right_Lung | RightLung | RLung | R_Lung |
        Lung(R) | LungR | Lunge re | Lunge_re | Lunge rechts | Lunge re. | rechte Lunge | LungeR | re Lunge |
        Long_R | Long rechts | Lunge_dx | Lunge_dxt | Lunge dxt | Pulmo dex | Poumon_D | POUMON D |
        Poumon_Droit | PoumonD | Polmone_dx | Polmone dx | Pulmon_der | Pulmón der | Pulmon D | Polmone D
    """,
    (Role.LUNG, Side.BOTH): """
        Lungs | LUNGS | Lung_Total | Total Lung | Lungs_total | Lung_Both | Both Lungs | Lungs_Bilat |
        Lung_L+R | Lung L&R | Lungen | Lunge bds | Lunge bds. | Lunge ges | Lunge_gesamt | beide Lungen |
        Longen | Lunger | Poumons | Polmoni | Pulmones | Poumon G+D | Lunge li+re
    """,
    (Role.LUNG, Side.UNKNOWN): """
        Lung | Lunge
    """,
    (Role.BREAST, Side.LEFT): """
        Breast_L | Lt Breast | BREAST_LT | Breast LT | LeftBreast | Mamma li | Mamma_L | Mamma links |
        Mamma_sin | Brust li | Borst_L | Sein_G | Sein gauche | Mammella sx | Mama_izq | Bryst_L
    """,
    (Role.BREAST, Side.RIGHT): """
        Breast_R | Rt breast | Mamma re | Mamma rechts | Mamma_dxt | Brust re | Brust rechts | Borst_R |
        Borst rechts | Sein_D | Sein droit | Mammella dx | Mama der | Bryst_R | Sein D
    """,
    (Role.BREAST, Side.BOTH): """
        Breasts | Mammae
    """,
    (Role.BREAST_TARGET, Side.UNKNOWN): """
        CTVp_breast | CTV_Breast | PTV Mamma
    """,
    (Role.BREAST_TARGET, Side.LEFT): """
        CTVp_breast_L | CTV_Breast_L | PTVp_breast_L | CTV Mamma li | CTV Brust li | PTV Borst L |
        CTV_Sein_G | CTV_Bryst_sin | LtBreastCTV | CTV sein G
    """,
    (Role.BREAST_TARGET, Side.RIGHT): """
        CTVp_breast_R | PTV_Breast_R | PTV Mamma re | PTV_Brust_re | PTV Sein D | CTV_mamma_dx |
        PTV_WholeBreast_R
    """,
    (Role.CHESTWALL_TARGET, Side.UNKNOWN): """
        CTVp_chestwall | PTV Thoraxwand
    """,
    (Role.CHESTWALL_TARGET, Side.LEFT): """
        CTVp_chestwall_L | CTV_CW_L | PTV Chestwall Lt | PTV Thoraxwand li | PTV_brystvaeg_L
    """,
    (Role.CHESTWALL_TARGET, Side.RIGHT): """
        PTV_CW_R | PTV_Chest_Wall_R | CTV Thoraxwand rechts
    """,
    (Role.CHESTWALL, Side.LEFT): """
        Chestwall_L | Chest Wall Lt
    """,
    (Role.CHESTWALL, Side.RIGHT): """
        Chestwall_R | Thoraxwand re
    """,
    (Role.IMN_TARGET, Side.UNKNOWN): """
        CTVn_IMN | CTV_IMN | CTV INM | ctv imn | PTV_IMN | PTVn_IMN | IMN | IM Nodes | CTV_IMC |
        Mammaria interna | PTV Parasternal | CTV_CMI | CTV_IM | IMLN | Int Mammary Nodes | Internal mammary
    """,
    (Role.IMN_TARGET, Side.LEFT): """
        CTVn_IMN_L | CTVn_L_IMN | CTV IMN Lt | CTV IMN L | PTVn_IMN_L | Lt IMN CTV | IMN_L | LN_IMN_L |
        IM_nodes_L | CTV_IMC_li | PTV_IMC_L | CTV Mammaria int li | PTV MI li | CTV_Parasternal_L |
        CTV parasternal li | Parasternale LK li | CTV_CMI_G | PTV CMI G | CTV_MI_sx |
        Internal Mammary Nodes Lt | internal_mammary_left | CTVn_IMN_Lt_1 | PTV_IMN_L_50.4 | LTIMN
    """,
    (Role.IMN_TARGET, Side.RIGHT): """
        CTVn_IMN_R | CTVn_R_IMN | PTV_IMN_R | LN_IMN_R | CTV IMC re | CTV Mammaria interna re | CTV CMI D |
        PTV_CMI_D | CTV_CMI_dx | CTV_IMLN_R | PTV 50 IMN re | RIMN
    """,
    (Role.LEVEL_1, Side.UNKNOWN): """
        CTVn_L1
    """,
    (Role.LEVEL_1, Side.LEFT): """
        CTVn_L1_L | CTVn L1 ESTRO L | LN_Ax_L1_L | CTV_Level1_L | CTV_Ax_I_L
    """,
    (Role.LEVEL_1, Side.RIGHT): """
        CTVn_L1_R
    """,
    (Role.LEVEL_2, Side.UNKNOWN): """
        CTVn_L2
    """,
    (Role.LEVEL_2, Side.RIGHT): """
        CTVn_L2_R | LN_Ax_L2_R | Axilla Level 2 rechts
    """,
    (Role.LEVEL_3, Side.LEFT): """
        CTVn_L3_L | LN_Ax_L3_L
    """,
    (Role.LEVEL_4, Side.UNKNOWN): """
        CTVn_L4
    """,
    (Role.LEVEL_4, Side.LEFT): """
        CTVn_L4_L | Level 4 li
    """,
    (Role.LEVEL_4, Side.RIGHT): """
        PTVn_L4_R
    """,
    (Role.LEVEL_2, Side.LEFT): """
        Level II Lt | CTVn_L_L2 | CTVn_L2L
    """,
    (Role.LEVEL_3, Side.RIGHT): """
        Level III R
    """,
    (Role.INTERPECTORAL, Side.UNKNOWN): """
        CTVn_interpec
    """,
    (Role.INTERPECTORAL, Side.LEFT): """
        CTVn_interpect_L | LN_Ax_InterPec_L
    """,
    (Role.INTERPECTORAL, Side.RIGHT): """
        CTVn_interpectoral_R
    """,
    (Role.SUPRACLAVICULAR, Side.UNKNOWN): """
        CTVn_SCL
    """,
    (Role.SUPRACLAVICULAR, Side.LEFT): """
        CTV_SCV_L | PTV Sclav Lt | SCV_Lt | LN_Sclav_L | Supraclav L | CTV supraclav li
    """,
    (Role.SUPRACLAVICULAR, Side.RIGHT): """
        PTV_SCV_R | PTV Supraklav re
    """,
    (Role.AXILLA, Side.LEFT): """
        PTV_ax_L | Axilla li | LN_Ax_L
    """,
    (Role.AXILLA, Side.RIGHT): """
        CTV_Axilla_R | PTV Axilla rechts
    """,
    (Role.NODES, Side.UNKNOWN): """
        CTVn | CTVn_L1-L4
    """,
    (Role.NODES, Side.LEFT): """
        CTVn_L | PTV_Nodes_L | CTVn_L1_4_L
    """,
    (Role.NODES, Side.RIGHT): """
        PTVn_R
    """,
    (Role.SPINAL_CORD, None): """
        Spinal Cord | SpinalCord | Spinalcord | SPINAL_CORD | Cord | Myelon | Rückenmark | Rueckenmark |
        Moelle | Moelle epiniere | Midollo | Midollo spinale | Medula | Medulla spinalis | Myelum |
        Ruggenmerg | Rygmarv
    """,
    (Role.OESOPHAGUS, None): """
        Esophagus | Oesophagus | Ösophagus | Oesofagus | Slokdarm | Speiseröhre | Esofago | Esófago |
        Oesophage | Œsophage
    """,
    (Role.LIVER, None): """
        Liver | Leber | Lever | Foie | Fegato | Higado | Hígado
    """,
    (Role.BRACHIAL_PLEXUS, Side.LEFT): """
        BrachialPlex_L | BrachialPlexus_L | Brachial Plexus Lt | Plexus brachialis li | Plexus brachial G
    """,
    (Role.BRACHIAL_PLEXUS, Side.RIGHT): """
        BrachialPlex_R | Plexus_brach_re | Plexus brachial D
    """,
    (Role.BODY, None): """
        BODY | Body | External | EXTERNAL | outer contour | Außenkontur | Aussenkontur | Körper | Koerper |
        Contour externe
    """,
}

# Other structures, helpers, composites, margins, and names that could mean more than one thing.
REFUSED = """
    heart_L | Heart+5mm | Heart + A_Pulm | Heart+Lungs | Heart_PRV5 | Heart_PRV | Heart_05 | PRV_Heart |
    PRV Herz | zHeart | z_Heart | Z-Heart | _Heart | xHeart | xx_Heart | Heart_opt | HeartOpt | opt_Heart |
    optHeart | Heart_ev | Heart_OPT2 | Heart-PTV | Heart - PTV | Heart sub PTV | HeartNotPTV |
    Heart in field | Heart_Ring | Heart avoid | Heart_old | Heart_test | Heart_backup | Heart_25Gy |
    Heart V20Gy | Dose 20[Gy] Heart | Herz_minus_PTV | Herz-PTV | Herz ohne PTV | Herz_Hilfe | Hilf_Herz |
    Herz+1cm | Herzspitze | Heart base | Heart Apex | Pericardium | Pericard | Atrium_L | Atrium_R |
    Ventricle_R | RV | Ventrikel re | rechter Ventrikel | Ventricle | DAS | LAD_PRV | A_LAD_PRV05 | LAD+5mm |
    LAD_5mm | zLAD | LAD prox | LAD_dist | RIVA+4mm | RCA | RCX | A_RCA | A_Cflx | LMCA | A_LCX | Aorta |
    GreatVes | Lunge_H | Lunge_V | Pulmon I | Lung_D | Lung_G | Lunge_D | Lung_Ipsi | Lung_ipsilat |
    Lung_contra | Lung_Contralat | Ipsilateral Lung | LUNGS-ITV's | Lungs-GTV | Lungs-PTV | Lung_L-PTV |
    Lungs-CTV | Lung_L-R | Lung_LUL | Lung_LLL | LLL | RUL | Lobe_sup_L | Lung_L_opt | zLung_L | Lung_L_PRV |
    Lung_L_Ring | Lung_R_low | Lung_L_20Gy | Lunge re opt | Lunge li - PTV | Lunge li Hilf | Lung_L_Heart |
    Lung Left Right | LungL_R | Lung ITV | Lung mass | GTV Lung L | PTV_Lung_R | CTV Lunge re |
    Breast_Contra | Contra Breast | Contralat_breast | Breast_L-5mm | Breast_L_opt | Breast_L_scar |
    Breast_L_Boost | Breast implant L | Breast_wire | PTV_mamma_sn | PTV_Breast_L_Eval | PTVeval_Breast |
    PTV_Breast_opt | PTV_Breast-skin | PTV Breast - 5mm | PTV_Breast_DVH | PTV_Breast+SCV | PTV_Breast+IMN |
    PTV_Breast_Boost | CTV_Boost | GTV_Breast_L | CTVp_tumourbed | PTVp_tumourbed_L | Tumorbett | Seroma |
    SIB | PTV_Thorax | CTV_MIL | CTV_MMC | CTV_IMN_I-III | CTV_IMN_IC1-3 | IMN+5mm | IMN_PRV | IMN_boost |
    PTV_IMN_opt | zPTV_IMN | zIMN_L | PTV_IMN_Ring | PTV_IMN-Lung | CTV_IMN_old | IMN_vessels | IMV_L |
    IMA_L | A_IMA_L | IMN_L_R | CTV_IMN+SCV | GTV_IMN | GTVn_IMN | IMN match line | no IMN | CTV_noIMN |
    PTV_ohne_IMN | PTV_sans_CMI | PTV_all_IMN | PTV Breast IMN | L1 | L2 | L4 | L1_vertebra | CTVn_L5 |
    CTV_Supra_li | CTV_Ganglios_axilares_izq | Spinalkanal | SpinalCanal | Spinal_Cord_PRV |
    SpinalCord_PRV05 | SpinalCord+5 | Myelon_PRV | Cord_PRV | Canal medullaire | Esophagus_PRV |
    Esophagus_CE | Liver-PTV | Liver_GTV | Plexus_L | BrachialPlex_L_PRV | Skin | Patient | Outline | KONTUR |
    Peau | Huid | Haut | Body-PTV | Body - 5mm | Body_opt | BODY_minus_PTV | External_Ring | Body+Couch |
    CouchSurface | CouchInterior | Couch Interior | Couch | Tisch | BrainLAB_couch | Bolus | Bolus 5mm |
    BOLUS_L | Ring_1cm | Ring | NS_Ring1 | zRing_PTV | dose 50% | Isodose 95% | 95% | V20 | Marker |
    Isocenter | Clips | Clips li | Scar | Narbe | Wire_L | Draht | Thyroid | Schilddrüse | Trachea | Stomach |
    Humerus_L | HumeralHead_R | Humeruskopf li | Sternum | Rib_L | Ribs | Clavicle_L | Carina | SVC |
    Kidney_L | Niere re | Spleen | Milz | Bowel | Larynx | Nipple_L | Implant_L | Expander | Prothese li |
    Pacemaker | Contrast | Artefakt | Luft | Air | ROI_1 | NewROI | Structure1 | temp | Dummy | PTV | PTV_50 |
    PTV50.4 | CTV | GTV | PTV_all | PTVtot | PTV_L | CTV_R | CTV1 | PTV_4050 | PTV Gesamt | PTV_Total_L |
    CTVp | CTVp_L | Lymphdrainage | LAG li | LAD_L | LAD_R | Leer | Re | Li | Links | L | R | G | D | Sin |
    dx | Left | CTVn_L4_IMN | CTVn_IMN_L4 | CTVn_L2-4_IMN | CTVn_L4IMN | IMN_L1 | PTV sin IMN | sin Lunge |
    PTV_Breast_L1-3 | PTV_Breast-5 | Breast_L-5 | PTV_Breast_5 | PTV_IMN_5mm | SpinalCord 5 | Heart_5 |
    LungL+LungR | Lung_LR | LUNGER | Lunge_re_li | Lung_R-3 | PTV sein G + CMI | LN_Ax_Apical_L |
    LN_Pelvic_L | LN_Neck_L | LN_Brachioceph_L | Neck_level_2_L | Level_IIa_L | CTV_Lung_L | PTV Lunge re |
    Eval_PTV_IMN | dosePTV_IMN | CTVp_breast_IMN | Lunge kontra | Contra_Breast_R | Lung_L_Ipsi | Heart^1 |
    Heart? | Heart copy | HeartPTV | CTV Herz | Liver_L | IVA G
"""

# A person would guess; to refuse is right, to say anything else is not.
UNCLEAR = {
    "AI_Heart": (Role.HEART, None),
    "CMI gauche": (Role.IMN_TARGET, Side.LEFT),
    "CTV_Paroi_G": (Role.CHESTWALL_TARGET, Side.LEFT),
    "CTV_WB_L": (Role.BREAST_TARGET, Side.LEFT),
    "CTV_n": (Role.NODES, Side.UNKNOWN),
    "CTV_sus-clav_G": (Role.SUPRACLAVICULAR, Side.LEFT),
    "DL_Heart": (Role.HEART, None),
    "Heart (auto)": (Role.HEART, None),
    "Heart FB": (Role.HEART, None),
    "Heart_AI": (Role.HEART, None),
    "Heart_DIBH": (Role.HEART, None),
    "Heart_final": (Role.HEART, None),
    "Patient Outline": (Role.BODY, None),
    "left ant desc": (Role.LAD, None),
}


def parted(text):
    return [name.strip() for name in text.split("|")]


@pytest.mark.parametrize(
    ("meant", "names"), MEANT.items(), ids=lambda value: "" if isinstance(value, str) else None
)
def test_names_mean_what_their_writers_meant(meant, names):
    found = {name: match_name(name) for name in parted(names)}
    told = {name: None if match is None else (match.role, match.side) for name, match in found.items()}
    assert told == dict.fromkeys(told, meant)


def test_other_structures_are_refused():
    assert {name: match for name in parted(REFUSED) if (match := match_name(name)) is not None} == {}


def test_what_is_unclear_is_never_taken_for_something_else():
    for name, meant in UNCLEAR.items():
        match = match_name(name)
        assert match is None or (match.role, match.side) == meant, name
