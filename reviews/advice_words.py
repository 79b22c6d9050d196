"""The words that the advice looks for, in English and French: small letters, without accents, straight apostrophes."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    phrases: re.Pattern
    unless_followed: tuple[re.Pattern, ...] = ()  # a phrase that begins like this means something else
    not_after: re.Pattern | None = None  # nor does it count behind this, in the same clause
    never: re.Pattern | None = None  # takes back whatever else is said


def either(*phrases: str) -> re.Pattern:
    return re.compile(r"(?<![\w'])(?:" + "|".join(phrases) + r")(?!\w)")


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = re.compile(
    r"not|no|never|without|nobody|nothing|neither|nor|hardly|cannot|\w+n't|dont|wont|"
    r"pas|non|sans|jamais|aucune?|ni|ne|guere|n'\w+|rien"
)

THANKS = {
    "en": Words(
        either(
            r"thank(?:s|ed|ing|ful)?",
            r"thankyou",
            r"thx",
            r"grateful(?:ly)?",
            r"gratitude",
            r"appreciat(?:e|es|ed|ive|ion)",
            r"cheers",
            r"much obliged",
        ),
        unless_followed=(
            re.compile(r"thanks to (?!you|your|all|everyone|both|the whole|the entire)(?![^.!?;\n]* for )"),
            re.compile(r"thank(?:s|ful)? (?:god|goodness|heaven)"),
        ),
        not_after=re.compile(
            r"(?:would|'d) be (?:very |most )?$|\b(?:would|'d|will|you'll|no need to|you (?:can|could|should|"
            r"may)) $|no $"
        ),
    ),
    "fr": Words(
        either(r"mercis?", r"remerci\w*", r"reconnaissante?s?", r"gratitude"),
        unless_followed=(
            # "Merci de nous appeler" asks; "merci de nous avoir appelés" thanks
            re.compile(
                r"merci (?:de|d')\s?(?:bien vouloir |ne (?:pas|plus) |nous |me |vous |le |la |les |l'|y |en |"
                r"lui |leur )*"
                r"(?!avoir|etre|m'avoir|l'avoir|nous avoir|vous etre|s'etre)[\w-]+(?:er|ir|dre|tre|ire)(?!\w)"
            ),
        ),
        not_after=re.compile(r"\b(?:dieu|sans|la|besoin de (?:nous|me)|vous (?:nous|me)|a (?:nous|me)) $"),
    ),
}

SORRY = {
    "en": Words(
        either(
            r"sorry",
            r"apolog(?:y|ies|ise[sd]?|ize[sd]?|ising|izing|etic)",
            r"regret(?:s|ted|ting)?",
            r"forgive (?:us|me)",
            r"(?:i|we) beg your pardon",
            r"pardon (?:us|me)",
            r"mea culpa",
        ),
        unless_followed=(
            re.compile(r"sorry (?:excuse|state|sight)|sorry (?:that |if |but )?you (?:feel|see it|think|believe)"),
            re.compile(r"(?:regret|sorry)(?: to)? (?:nothing|inform|say that you)"),
        ),
        not_after=re.compile(
            r"\b(?:you|they)(?:'ll|'re| will| are| should| might| may| must)?(?: be| feel)? $|\bowes? (?:us|"
            r"me) (?:an? )?$|"
            r"\byour (?:own )?$|\byou (?:will|'ll|should|may|might) $"
        ),
        never=re.compile(r"\bnot (?:at all |one bit |even )?sorry\b"),
    ),
    "fr": Words(
        either(
            r"desolee?s?",
            r"navree?s?",
            r"excus(?:es|er|ez|ons|e)",
            r"pardon(?:nez|ner|ne)?",
            r"regrett(?:e|ons|er|ant|ez)",
            r"(?:sommes|suis) confuse?s?",
            r"mea culpa",
            r"m'en veux",
            r"nous en voulons",
        ),
        unless_followed=(re.compile(r"regrettez|excuse (?:facile|bidon|de )"),),
        not_after=re.compile(r"\b(?:vos|votre|ses|leurs|une|d') ?$|\bvous (?:devriez|devez|pouvez) (?:vous )?$"),
        never=re.compile(r"\bpas (?:du tout |le moins du monde )?(?:desole|navre)"),
    ),
}

NEXT_STEPS = {
    "en": Words(
        either(
            r"look(?:ing|s)? forward",
            r"can't wait",
            r"see you",
            r"until (?:next|then|the next)",
            r"till next",
            r"(?:hope|hoping|love|happy|glad|delighted|pleased|ready|keen|excited|eager) to (?!hear|read|know|"
            r"have|see (?:this|that|how|your))"
            r"(?:\w+ )?(?:\w+)",
            r"let (?:us|me) know",
            r"let's",
            r"(?:get|be|keep|stay) in touch",
            r"reach out",
            r"drop (?:by|in|us|me)",
            r"come (?:by|back|see|and see|over)",
            r"any ?time",
            r"when(?:ever)? you(?:'re| are)? \w+",
            r"next (?:time|step|project|launch|"
            r"season|phase|collection|chapter|one|version|campaign|round|year|big|idea|adventure)",
            r"if you(?:'d| would)? (?:ever )?(?:need|want|like|plan|fancy|"
            r"decide|think)",
            r"don't hesitate",
            r"feel free",
            r"shall we",
            r"why not",
            r"give (?:us|me) a (?:call|shout|ring)",
            r"(?:call|e-?mail|write(?: to)?|message|ask|tell|contact|join) (?:us|me)",
            r"here (?:if|when|whenever|for you)",
            r"(?:book|schedule|plan|arrange) (?:a|the|your)",
            r"(?:talk|speak) soon",
            r"(?:we|i)(?:'d| would) (?:love|like|be (?:happy|glad|delighted|pleased|thrilled|keen))",
            r"invite you",
            r"at your disposal",
            r"work(?:ing)? (?:with you|together) again",
            r"(?:help|join|visit) (?:you )?again",
        ),
        unless_followed=(
            re.compile(r"(?:we|i)(?:'d| would) (?:like|love|be \w+) to (?:thank|say|express|apolog|hear)"),
        ),
        not_after=re.compile(r"\b(?:was|were|been) (?:\w+ )?$"),
    ),
    "fr": Words(
        either(
            r"a (?:tres |bien )?(?:bientot|tot)",
            r"a (?:tres )?vite(?= pour| sur| dans| avec| a |\s*[!.,?\n]|\s*$)",
            r"au plaisir",
            r"hate de",
            r"n'hesitez(?: surtout)? pas",
            r"au revoir et a",
            r"prochaine?s? (?:projets?|etapes?|fois|chantiers?|saisons?|collaborations?|collections?|"
            r"aventures?|lancements?|"
            r"evolutions?|versions?|defis?|boutiques?|campagnes?|idees?|rendez-vous|missions?)",
            r"prochainement",
            r"la suite",
            r"(?:serons|serions|serais|serai|sommes|restons|reste|suis|etre) (?:toujours |tous |bien |"
            r"a nouveau )?(?:ravie?s?|heureux|heureuses?|"
            r"disponibles?|la|prets?|enchantee?s?|impatiente?s?) (?:de|d'|pour|si|a|quand|lorsque)[ \w]",
            r"(?:restons|sommes|suis|reste) a (?:votre|vos)",
            r"a votre (?:disposition|ecoute|service)",
            r"reven(?:ir|ez)",
            r"recontact\w*",
            r"faites(?:-| )(?:nous|moi) signe",
            r"quand vous (?:voulez|voudrez|souhaitez|serez|aurez)",
            r"si vous (?:souhaitez|voulez|avez|desirez|envisagez|preparez)",
            r"on vous attend",
            r"parlons(?:-en)?",
            r"venez",
            r"passez",
            r"rendez-vous",
            r"impatien(?:te?s?|ce)",
            r"retravailler",
            r"(?:collaborer|travailler) (?:de nouveau|a nouveau|encore)",
            r"(?:continuer|poursuivre|poursuivons|continuons)",
            r"(?:contactez|appelez|ecrivez|demandez|dites|tenez)(?:-| )(?:nous|moi)",
            r"on se (?:revoit|retrouve|reparle|rappelle)",
            r"(?:vous )?accompagner (?:sur|dans|pour|a)",
            r"vous (?:invitons|attendons|proposons|garde)",
            r"pourquoi pas",
            r"a la prochaine",
            r"vous revoir",
            r"vous retrouver",
            r"ensemble (?:sur|pour)",
            r"tenez-nous",
        ),
        unless_followed=(re.compile(r"venez de "),),
        not_after=re.compile(r"\bpar $"),
    ),
}

CHANNELS = {
    "en": Words(
        either(
            r"(?:e-?mail|mail|message|text|phone|telephone|call|ring|contact|dm|whatsapp|ping) (?:me|us|you|our|my)",
            r"write (?:to )?(?:me|us|you)",
            r"(?:by|via|over|on|through) (?:the |our |my )?(?:phone|telephone|e-?mail|mail|post|chat|video|"
            r"whatsapp|contact form|support|zoom)",
            r"(?:a|quick|short|video|zoom|phone) (?:call|chat)",
            r"(?:reach|reaching) (?:me|us|you|out)",
            r"(?:get|be|getting) in touch",
            r"in private",
            r"privately",
            r"offline",
            r"in person",
            r"face to face",
            r"contact (?:form|page)",
            r"direct(?:ly)? (?:message|line|to me|to us|with you|with me)",
            r"(?:our|my) (?:direct )?(?:line|number|mobile|inbox|support|e-?mail|door|office)",
            r"(?:talk|speak|discuss|meet|sort)\w* (?:\w+ ){0,4}directly",
            r"give (?:me|us|you) a (?:call|ring)",
            r"(?:come|drop|stop) by",
            r"let's (?:talk|speak|meet)",
            r"could we (?:talk|speak|meet)",
            r"(?:open|send) (?:us )?a (?:ticket|message)",
        ),
        not_after=re.compile(
            r"\b(?:told|explained|sent|wrote|written|answered|replied|informed|confirmed|announced|agreed|"
            r"ignored|called|emailed|"
            r"e-mailed|said|had to|you never|you did)\b"
        ),
    ),
    "fr": Words(
        either(
            r"(?:ecrivez|appelez|contactez|joignez|telephonez|rappelez|envoyez|laissez|parlez)(?:-| )(?:moi|"
            r"nous|le|la)",
            r"(?:nous|me|m'|vous|te) ?(?:ecrire|appeler|contacter|joindre|telephoner|rappeler|recontacter)",
            r"par (?:e-?mail|mail|courriel|telephone|message|visio\w*|chat|tel)",
            r"au telephone",
            r"de vive voix",
            r"en prive",
            r"formulaire",
            r"vous (?:appelle|rappelle|ecris|contacte|telephone|appelons|appellerons|contactons|contacterons|rappelons|"
            r"rappellerons|rappellerai|appellerai|contacterai|ecrirai|ecrivons|ecrirons|joindrai|recontacte\w*)",
            r"prenez contact",
            r"prendre contact",
            r"(?:en|nous) (?:parler|reparler|parlons) (?:directement|ensemble|de)",
            r"parlons-en",
            r"echang\w+ (?:directement|ensemble|avec vous)",
            r"visio\w*",
            r"un (?:appel|coup de fil|rendez-vous)",
            r"(?:notre|mon|nos) (?:numero|ligne|adresse|standard|support|mail|e-mail|bureaux?|service client)",
            r"whatsapp",
            r"passez (?:nous voir|a l')",
        ),
        not_after=re.compile(
            r"\b(?:avons|avions|avait|aviez) (?:deja |bien |pourtant |tous |toujours )?\w+(?:e|es|ees?|it|is|"
            r"u|us)\b|\bvos\b|j'ai "
        ),
    ),
}

# Words that one of the languages has and the other has not
LANGUAGE_MARKS = {
    "en": listed("""
    the and you your we our us is are was were to of for with this that it in have has had not be been will would
    thank thanks sorry i my me so all very from at as they them their what when how glad love hope great
    """),
    "fr": listed("""
    le la les et vous votre vos nous notre nos est sont etait etes de des du pour avec ce cette cet que qui il elle
    dans avons avez pas ne une un merci desole desoles je mon ma mes tres tout aux au sur par plus bien bientot ravi
    ravis
    """),
}

# What says nothing of this review: small words, and what stands in every review and every reply
GENERIC = listed("""
    the and you your yours our ours are was were for with this that these those have has had having not but from
    they them their there then than what when where which who whom whose why how all any both each few more most
    other some such only own same too very can could will would shall should may might must just also about after
    again before because been being below between did does doing done down during further here him his her hers into
    its itself myself off once out over under until while thank thanks sorry hello dear regards best kind kindly
    team work works working worked worker review reviews feedback comment word words say said says tell told thing
    things way great good nice excellent perfect amazing brilliant fantastic lovely bad really much many lot well
    make made makes get got give given take taken took taking let need want like love loved hope happy glad please
    pleased pleasure service services experience client clients customer customers merchant merchants agency partner
    business company project projects time times always never every everything everyone nothing nobody anybody
    someone something now still yet even ever already soon today see seen read hear heard know think feel felt look
    one ones able yes don didn doesn isn wasn won couldn wouldn shouldn aren weren hasn haven hadn help helped
    helpful job recommend recommended found find come came keep kept use used
""") | listed("""
    les des une dans pour par avec sans sous sur est sont etait etaient etre ete avoir avons avez ont avait avaient
    ayez ayons que qui quoi dont mais donc car pas plus moins tres trop tout tous toute toutes cet cette ces ses son
    leur leurs notre nos votre vos nous vous ils elles elle lui eux moi toi cela ceci comme aussi bien bon bonne
    bons bonnes meme encore deja jamais toujours peu beaucoup merci remercie remercions desole desoles bonjour
    madame monsieur cordialement equipe travail travaux travailler travaille avis commentaire retour note mot mots
    dire dit dites chose choses facon super parfait parfaite excellent excellente genial mauvais vraiment faire fait
    faite faites fais prendre pris donner donne besoin vouloir veux voulez aimer plaisir ravi ravis heureux service
    services experience client clients cliente agence partenaire entreprise societe projet projets temps fois chaque
    rien personne quelque quelques autre autres alors apres avant pendant depuis entre vers chez ainsi puis lors
    enfin ici aujourd hui bientot jour voir vu lire lu entendre savoir sais pouvoir peut pouvez pouvons peux oui non
    recommande recommandons recommander trouver aux mes tes mon ton suis serons seront sera soit sommes etes quand
    comment pourquoi parce afin aura aurait
""")

NUMBERS = {
    **dict.fromkeys(("two", "deux", "twice"), 2),
    **dict.fromkeys(("three", "trois"), 3),
    **dict.fromkeys(("four", "quatre"), 4),
    **dict.fromkeys(("five", "cinq"), 5),
    **dict.fromkeys(("six",), 6),
    **dict.fromkeys(("seven", "sept"), 7),
    **dict.fromkeys(("eight", "huit"), 8),
    **dict.fromkeys(("nine", "neuf"), 9),
    **dict.fromkeys(("ten", "dix"), 10),
    **dict.fromkeys(("eleven", "onze"), 11),
    **dict.fromkeys(("twelve", "douze"), 12),
    **dict.fromkeys(("thirteen", "treize"), 13),
    **dict.fromkeys(("fourteen", "quatorze"), 14),
    **dict.fromkeys(("fifteen", "quinze"), 15),
    **dict.fromkeys(("sixteen", "seize"), 16),
    **dict.fromkeys(("twenty", "vingt"), 20),
    **dict.fromkeys(("thirty", "trente"), 30),
    **dict.fromkeys(("forty", "quarante"), 40),
    **dict.fromkeys(("fifty", "cinquante"), 50),
    **dict.fromkeys(("sixty", "soixante"), 60),
    **dict.fromkeys(("hundred", "cent"), 100),
    **dict.fromkeys(("thousand", "mille"), 1000),
}
