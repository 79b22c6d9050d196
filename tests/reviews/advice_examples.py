"""Replies that the rules of the advice were written with: each holds one thing that is easily got wrong."""

from tests.reviews.advice_example import Example

FR = ("Conception de thème", "Configuration de boutique", "Expédition et logistique")
WAITED = (
    "The work itself is good, but we waited nine days for an answer in the middle of the launch and had to chase twice."
)
ATTENDU = "Le travail est bon, mais nous avons attendu neuf jours une réponse en plein lancement."
LIKED = "Clear at every step, and they found two old mistakes in our size guide."
AIME = "Clair à chaque étape, et deux vieilles erreurs trouvées dans notre guide des tailles."
SEVEN = " ".join(["Our records say that the launch went as it was agreed."] * 8)  # 88 words
SEPT = " ".join(["Nos dossiers disent que tout a eu lieu comme convenu alors."] * 8)

EXAMPLES = [
    # --- English ----------------------------------------------------------------------------------------------------
    Example(  # as in the picture; an address is not the name of the business
        "en",
        (2, 4),
        WAITED,
        "Thank you for telling us, and I am sorry you had to chase us during your launch: nine "
        "days without an answer is "
        "not how we work. Could we talk it through? Write to me at ines@atelier-nord.example.",
        "thanks takes_up new soon sorry short other_channel names_left_out",
    ),
    Example(
        "en",
        (5, 4),
        LIKED,
        "Thank you, Camille. The size guide was a treasure hunt. Whenever you plan the summer "
        "range, Atelier Nord is in.",
        "thanks takes_up new soon names_business next_step",
    ),
    Example("en", (5, 5), LIKED, "No thanks to the former theme!", "new soon"),
    Example("en", (5, 5), LIKED, "Thanks to a bug in your theme it took longer.", "new soon"),
    Example("en", (5, 5), "", "We can’t thank you enough.", "thanks new soon"),
    Example("en", (5, 5), "", "We really appreciated it. We'd love to help again.", "thanks new soon next_step"),
    Example("en", (4, 4), LIKED, "We would appreciate a longer text.", "new soon"),
    Example("en", (1, 1), WAITED, "We are not sorry.", "new soon short names_left_out"),
    Example("en", (1, 1), WAITED, "We don't owe anybody an apology.", "new soon short names_left_out"),
    Example("en", (1, 1), WAITED, "Sorry you feel that way.", "new soon short names_left_out"),
    Example("en", (1, 1), WAITED, "You will be sorry.", "new soon short names_left_out"),
    Example("en", (3, 1), WAITED, "We apologised too late.", "new soon sorry short names_left_out"),
    Example(
        "en",
        (3, 1),
        WAITED,
        "We’re so sorry we couldn't answer sooner.",
        "takes_up new soon sorry short names_left_out",
    ),
    Example(  # their words, in marks, are not ours
        "en",
        (1, 1),
        "Atelier Nord should be sorry. Thanks for nothing, call us.",
        "You wrote “Atelier Nord should be sorry. Thanks for nothing, call us”.",
        "takes_up new soon short names_left_out",
    ),
    Example(  # the same without marks
        "en",
        (1, 1),
        "The team of Atelier Nord should say sorry.",
        "The team of Atelier Nord should say sorry. We disagree.",
        "new soon short names_left_out",
    ),
    Example("en", (2, 2), WAITED, "Our theme design was approved by you.", "new soon short"),
    Example("en", (2, 2), WAITED, "Sorry for the design of the theme.", "new soon sorry short"),
    Example("en", (2, 2), WAITED, SEVEN, "takes_up new soon names_left_out"),
    Example("en", (2, 2), "", "Call us on +33 4 72 00 00 18.", "new soon short other_channel names_left_out"),
    Example("en", (2, 2), "", "As we told you by e-mail, it was late.", "new soon short names_left_out"),
    Example("en", (2, 2), "", "In 2024 we did 1,200 of them.", "new soon short names_left_out"),
    Example("en", (2, 2), "", "Could we speak in private?", "new soon short other_channel names_left_out"),
    Example("en", (5, 5), "They took 9 days.", "Nine days flew by.", "takes_up new soon"),
    Example("en", (5, 5), "They migrated the products.", "Migrating products is fun.", "takes_up new soon"),
    Example(
        "en",
        (5, 5),
        LIKED,
        "Thank you, Tom! It was great working with you on the new shop.",
        "thanks soon",
        previous=("Merci !", "Thank you, Camille! It was great working with you on the new shop."),
    ),
    Example("en", (5, 5), "", "Thank you.", "thanks", previous=("thank you",), days=8),
    Example("en", (5, 5), "", "", "soon"),
    Example("en", (5, 5), "", "We'd like to thank you for this.", "thanks new soon"),
    Example("en", (5, 5), "", "Happy to hear that, and we were glad to help.", "new soon"),
    Example("en", (5, 5), "", "We'd be grateful if you wrote more.", "new soon"),
    Example("en", (2, 2), "", "Please don’t hesitate to call us.", "new soon short other_channel names_left_out"),
    Example("en", (2, 2), "", "You had to call us twice.", "new soon short names_left_out"),
    # --- French -----------------------------------------------------------------------------------------------------
    Example(
        "fr",
        (2, 4),
        ATTENDU,
        "Merci de nous l’avoir dit, et désolée de vous avoir laissée sans réponse : neuf jours, ce "
        "n’est pas notre façon "
        "de faire. Parlons-en : ines@atelier-nord.example.",
        "thanks takes_up new soon sorry short other_channel names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (5, 4),
        AIME,
        "Merci Camille ! Le guide des tailles était une chasse au trésor. Atelier Nord sera là pour la suite.",
        "thanks takes_up new soon names_business next_step",
        services=FR,
    ),
    Example(
        "fr",
        (3, 3),
        ATTENDU,
        "Merci de nous contacter au plus vite.",
        "new soon short other_channel names_left_out",
        services=FR,
    ),
    Example("fr", (5, 5), "", "Merci d’avoir pris le temps de nous écrire.", "thanks new soon", services=FR),
    Example("fr", (5, 5), "", "Nous ne vous remercierons jamais assez.", "thanks new soon", services=FR),
    Example("fr", (5, 5), "", "Non merci.", "new soon", services=FR),
    Example(
        "fr", (5, 5), "", "Grâce à vous, c’était simple. Au plaisir de vous revoir.", "new soon next_step", services=FR
    ),
    Example("fr", (4, 4), AIME, "Nous vous sommes reconnaissants.", "thanks new soon", services=FR),
    Example("fr", (1, 1), ATTENDU, "Nous ne sommes pas désolés.", "new soon short names_left_out", services=FR),
    Example("fr", (1, 1), ATTENDU, "Nous ne regrettons rien.", "new soon short names_left_out", services=FR),
    Example("fr", (1, 1), ATTENDU, "Vous devriez vous excuser.", "new soon short names_left_out", services=FR),
    Example("fr", (1, 1), ATTENDU, "J'attends vos excuses.", "takes_up new soon short names_left_out", services=FR),
    Example(
        "fr", (1, 1), ATTENDU, "Nous sommes navrées et confuses.", "new soon sorry short names_left_out", services=FR
    ),
    Example(
        "fr",
        (1, 1),
        ATTENDU,
        "Nous ne pouvons que vous présenter nos excuses.",
        "new soon sorry short names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (1, 1),
        ATTENDU,
        "Veuillez nous excuser pour ce lancement.",
        "takes_up new soon sorry short names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (1, 1),
        "Désolé, mais Atelier Nord, plus jamais. Merci pour rien.",
        "Vous écrivez « Désolé, mais Atelier Nord, plus jamais. Merci pour rien ».",
        "new soon short names_left_out",
        services=FR,
    ),
    Example("fr", (2, 2), ATTENDU, "La conception du thème était validée.", "new soon short", services=FR),
    Example("fr", (2, 2), ATTENDU, SEPT, "new soon names_left_out", services=FR),
    Example(
        "fr", (2, 2), "", "Appelez-nous au 04 72 00 00 18.", "new soon short other_channel names_left_out", services=FR
    ),
    Example("fr", (2, 2), "", "Nous vous l’avions annoncé par e-mail.", "new soon short names_left_out", services=FR),
    Example("fr", (2, 2), "", "Je vous appelle demain.", "new soon short other_channel names_left_out", services=FR),
    Example("fr", (5, 5), "En 9 jours.", "Neuf jours intenses.", "takes_up new soon", services=FR),
    Example(
        "fr",
        (5, 5),
        "Ils ont formé l’équipe et repris nos fiches.",
        "La fiche la plus longue faisait dix pages.",
        "takes_up new soon",
        services=FR,
    ),
    Example(
        "fr",
        (5, 5),
        AIME,
        "Merci Tom ! Ce fut un plaisir de refaire votre boutique avec vous.",
        "thanks soon",
        services=FR,
        previous=("Merci Camille ! Ce fut un plaisir de refaire votre boutique avec vous.",),
    ),
    Example("fr", (5, 5), "", "Merci ! N’hesitez pas a nous solliciter.", "thanks new next_step", services=FR, days=30),
    Example("fr", (5, 5), "", "Tout est allé très vite, vous venez de le dire.", "new soon", services=FR),
    Example("fr", (5, 5), "", "À très vite !", "new soon next_step", services=FR),
    Example(
        "fr", (2, 2), "", "N’hésitez pas à nous contacter.", "new soon short other_channel names_left_out", services=FR
    ),
    Example("fr", (2, 2), "", "Nous vous devons des excuses.", "new soon sorry short names_left_out", services=FR),
]
