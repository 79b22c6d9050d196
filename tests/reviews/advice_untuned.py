"""Replies as merchants' partners write them, judged before there was a rule. No rule is changed to fit them: they tell
how often the advice is right about a reply that nobody thought of."""

from tests.reviews.advice_example import Example

FR = ("Conception de thème", "Configuration de boutique", "Expédition et logistique")

UNTUNED = [
    # --- English, good ----------------------------------------------------------------------------------------------
    Example(
        "en",
        (5, 5),
        "Brilliant from start to finish. They migrated 4,000 products over a weekend without a single broken link.",
        "Thanks so much, Priya! Moving 4,000 products in one weekend was quite a ride and your team made it easy. "
        "All of us at Atelier Nord wish you a great season; shout when you're ready for the Black Friday theme.",
        "thanks takes_up new soon names_business next_step",
    ),
    Example("en", (5, 4), "", "Cheers, much appreciated.", "thanks new soon"),
    Example(
        "en",
        (4, 5),
        "Good eye for detail, and the new product pages load twice as fast.",
        "We're so grateful for this feedback. Glad the product pages feel quicker. If you'd like us to look at the "
        "checkout next, just let us know.",
        "thanks takes_up new soon next_step",
    ),
    Example(
        "en",
        (5, 5),
        "Ines explained everything in words my mother would understand.",
        "Thank you for your review! Feedback like this means the world to us. Best regards, the Atelier Nord team",
        "thanks new soon names_business",
    ),
    Example(
        "en",
        (5, 5),
        "They photographed our ceramics beautifully.",
        "It was a joy to photograph your ceramics, and seeing them on the front page made our day. Looking forward to "
        "the winter collection together.",
        "takes_up new soon next_step",
    ),
    Example(
        "en",
        (5, 5),
        "Our theme finally looks like us.",
        "Many thanks for the kind words. Theme design is what we love most, and we would be happy to help again "
        "whenever you plan the next step.",
        "thanks takes_up new soon names_business next_step",
        days=12,
    ),
    Example(
        "en",
        (4, 4),
        "Solid work, fair price.",
        "No thanks needed, honestly. It was fun.",
        "new soon",
    ),
    Example(
        "en",
        (5, 5),
        "Quick, friendly and they always pick up the phone.",
        "Thank you for your kind review. We loved working with you and hope to see you again soon.",
        "thanks next_step soon",
        previous=("Thank you for your kind review! We loved working with you, and hope to see you again soon.",),
    ),
    Example(
        "en",
        (5, 5),
        "Best agency we have worked with in ten years of trading.",
        "Ten years of trading is something to be proud of, and being called the best in that time humbles us. Thank "
        "you! Drop by the studio for coffee any time you are in Lyon.",
        "thanks takes_up new soon next_step",
    ),
    Example(
        "en",
        (4, 5),
        "Shipping rules now work in all 14 countries.",
        "Appreciate you taking the time, Tom. Fourteen countries was a puzzle, and shipping and fulfilment is the kind "
        "of puzzle we enjoy.",
        "thanks takes_up new soon names_business",
    ),
    # --- English, otherwise -----------------------------------------------------------------------------------------
    Example(
        "en",
        (2, 3),
        "The launch slipped by three weeks and nobody told us why.",
        "Thank you for being frank. We apologise: three weeks late without a word is on us. Please e-mail "
        "marc@nord.example and I will go through it with you.",
        "thanks takes_up new soon sorry short other_channel names_left_out",
    ),
    Example(
        "en",
        (1, 2),
        "Still waiting for a refund. Nobody replies.",
        "This is simply not true. You were refunded on the 3rd, as your bank will confirm.",
        "takes_up new soon short names_left_out",
    ),
    Example(
        "en",
        (1, 1),
        "Terrible. They broke our checkout on a Friday night.",
        "We're not sorry for doing what was asked. Your own team approved the checkout change.",
        "takes_up new soon short names_left_out",
    ),
    Example(
        "en",
        (3, 3),
        "",
        "Thanks for the rating. We'd love to hear what we could have done better: could we jump on a call this week?",
        "thanks new soon short other_channel names_left_out",
    ),
    Example(
        "en",
        (2, 4),
        "Nice design but support went quiet after the invoice was paid.",
        "Hi Jo, I regret that support went quiet on you once the invoice was settled. At Atelier Nord that should "
        "never happen. Ring me on +44 20 7946 0018 and I'll put it right.",
        "takes_up new soon sorry short other_channel",
    ),
    Example(
        "en",
        (3, 2),
        "The size guide they built shows the wrong measurements on mobile.",
        "Our apologies for the size guide. The wrong measurements on mobile come from a plugin update; a fix went live "
        "this morning. Thank you for flagging it.",
        "thanks takes_up new soon sorry short names_left_out",
    ),
    Example(
        "en",
        (1, 3),
        "Rude on the phone.",
        "I'm really sorry to read this, and I thank you for telling us. It isn't how we want to talk to anyone. I am "
        "reaching out by mail today so that we can speak about it in private.",
        "thanks new soon sorry short other_channel names_left_out",
    ),
    Example(
        "en",
        (2, 2),
        "Paid for theme design and got a template with our logo on it.",
        "Thank you for your feedback. When you say “a template with our logo on it”, I hear that the theme design felt "
        "impersonal. Sorry about that. Contact us at hello@nord.example and we'll make it yours.",
        "thanks takes_up new soon sorry short other_channel",
        days=9,
    ),
    Example(
        "en",
        (2, 1),
        "Communication was dreadful, five different people in six weeks.",
        "Dear customer, we have read your comment with the greatest attention. As an agency that has been in business "
        "for over fifteen years and that has served more than three hundred happy merchants in eleven countries, we "
        "take the satisfaction of each of our customers extremely seriously. The staffing of your project followed our "
        "usual process, which was explained to you in the kick-off meeting, and the change of project managers was "
        "announced in writing each time, as the contract provides in its section four, which you signed before the "
        "start of the project in April.",
        "new soon names_left_out",
    ),
    Example(
        "en",
        (3, 4),
        "Decent, though the handover document was missing half the apps.",
        "Thanks Lea. You're right about the handover document, half the apps weren't in it, and that was careless of "
        "us. We have sent you the full one. My door is open if anything else is unclear: ines@nord.example",
        "thanks takes_up new soon short other_channel names_left_out",
    ),
    Example(
        "en",
        (1, 1),
        "Scam. Avoid.",
        "Sorry to see this. We can't find your order under this name. Could you message us through the contact form "
        "on our website so that we can look into it?",
        "new soon sorry short other_channel names_left_out",
    ),
    # --- French, good -----------------------------------------------------------------------------------------------
    Example(
        "fr",
        (5, 5),
        "Une équipe au top, notre boutique de thés a été refaite en trois semaines.",
        "Merci beaucoup, Camille ! Refaire votre boutique de thés en trois semaines fut un vrai plaisir pour tout "
        "Atelier Nord. À très vite pour la version anglaise !",
        "thanks takes_up new soon names_business next_step",
        services=FR,
    ),
    Example("fr", (5, 5), "", "Merci !", "thanks new soon", services=FR),
    Example(
        "fr",
        (4, 5),
        "Conseils avisés et délais tenus.",
        "Nous vous remercions chaleureusement pour cet avis. Tenir les délais est une priorité chez nous. N’hésitez "
        "pas à revenir vers nous pour vos prochains projets.",
        "thanks takes_up new soon next_step",
        services=FR,
    ),
    Example(
        "fr",
        (5, 4),
        "Le paramétrage de la livraison est enfin clair.",
        "Ravis que la livraison soit devenue limpide pour vous. L’expédition et logistique, c’est notre dada.",
        "takes_up new soon names_business",
        services=FR,
    ),
    Example(
        "fr",
        (5, 5),
        "Très à l’écoute, je recommande.",
        "Un grand merci pour votre confiance et votre recommandation. Au plaisir de collaborer à nouveau avec vous.",
        "thanks takes_up new soon next_step",
        services=FR,
    ),
    Example(
        "fr",
        (5, 5),
        "Inès a formé toute notre équipe en une matinée.",
        "C’est gentil, merci. Bonne continuation à vous.",
        "thanks new",
        services=FR,
        days=20,
    ),
    Example(
        "fr",
        (4, 4),
        "Bon travail, un peu cher.",
        "Pas besoin de nous remercier. Le prix reflète les heures passées.",
        "takes_up new soon",
        services=FR,
    ),
    Example(
        "fr",
        (5, 5),
        "Superbes photos de nos bijoux.",
        "Merci pour votre avis. C’était un plaisir de travailler avec vous, à bientôt !",
        "thanks next_step soon",
        services=FR,
        previous=("Merci pour votre avis ! C'était un plaisir de travailler avec vous. À bientôt",),
    ),
    Example(
        "fr",
        (5, 5),
        "Le nouveau thème est magnifique et nos ventes ont bondi de 30 %.",
        "30 % de ventes en plus, quelle nouvelle ! La conception de thème était un travail d’équipe, et nous serions "
        "ravis de vous accompagner sur la suite. Merci à vous.",
        "thanks takes_up new soon names_business next_step",
        services=FR,
    ),
    Example(
        "fr",
        (4, 5),
        "Ils ont résolu en deux jours ce que notre ancien prestataire n’a pas su faire en six mois.",
        "Merci pour ce retour qui nous touche. Deux jours contre six mois, on n’est pas peu fiers. On vous garde une "
        "place pour le prochain chantier.",
        "thanks takes_up new soon next_step",
        services=FR,
    ),
    # --- French, otherwise ------------------------------------------------------------------------------------------
    Example(
        "fr",
        (2, 3),
        "Trois semaines de retard et aucune explication.",
        "Merci pour votre franchise. Nous vous présentons nos excuses pour ces trois semaines de retard. Écrivez-moi à "
        "marc@nord.example, nous en parlerons de vive voix.",
        "thanks takes_up new soon sorry short other_channel names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (1, 1),
        "Arnaque totale, à fuir.",
        "Vos propos sont diffamatoires. Nous n’avons pas à nous excuser.",
        "new soon short names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (3, 3),
        "",
        "Bonjour, merci pour votre note. Pourrions-nous échanger par téléphone pour comprendre ce qui a manqué ?",
        "thanks new soon short other_channel names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (2, 2),
        "Le menu ne marche toujours pas sur mobile.",
        "Désolée pour ce menu qui vous joue des tours sur mobile. Le correctif est en ligne depuis hier. Chez Atelier "
        "Nord, nous testons pourtant chaque page.",
        "takes_up new soon sorry short",
        services=FR,
    ),
    Example(
        "fr",
        (1, 2),
        "Impossible de joindre qui que ce soit pendant les soldes.",
        "Je regrette sincèrement que vous n’ayez pu joindre personne pendant les soldes, et vous remercie de nous "
        "l’avoir dit. Appelez-moi directement au 04 72 00 00 18.",
        "thanks takes_up new soon sorry short other_channel names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (3, 2),
        "La conception de thème ne correspond pas à la maquette.",
        "Toutes nos excuses pour cet écart avec la maquette. Nous reprenons la conception de thème sans frais dès "
        "lundi. Contactez-nous via le formulaire de notre site.",
        "takes_up new soon sorry short other_channel",
        services=FR,
        days=15,
    ),
    Example(
        "fr",
        (2, 4),
        "Joli résultat mais facture supérieure au devis.",
        "Merci de nous avoir alertés. La facture dépassait en effet le devis, c’est une erreur de notre part : l’avoir "
        "part aujourd’hui. Passez nous voir ou envoyez-nous un courriel, nous vous montrerons le détail.",
        "thanks takes_up new soon short other_channel names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (1, 3),
        "Ton méprisant au téléphone.",
        "Nous sommes navrés de lire cela. Ce n’est pas ainsi que nous voulons parler à nos clients. Je vous écris "
        "aujourd’hui en privé.",
        "new soon sorry short other_channel names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (2, 1),
        "Communication catastrophique, cinq interlocuteurs en six semaines.",
        "Madame, Monsieur, nous avons pris connaissance de votre commentaire avec la plus grande attention. Notre "
        "agence existe depuis plus de quinze ans et accompagne aujourd’hui plus de trois cents marchands dans onze "
        "pays, dont la très grande majorité nous renouvelle chaque année sa confiance. L’organisation de votre "
        "projet a suivi notre processus habituel, qui vous avait été présenté lors de la réunion de lancement, et "
        "chaque changement de chef de projet vous a été annoncé par écrit comme le prévoit le contrat que vous "
        "avez signé en avril dernier.",
        "new soon names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (3, 4),
        "Correct, mais la moitié des applications manquait dans le dossier.",
        "Vous avez raison pour la moitié des applications : le dossier complet vous attend. Pardon pour cet oubli, et "
        "merci d’avoir pris le temps de nous écrire.",
        "thanks takes_up new soon sorry short names_left_out",
        services=FR,
    ),
    Example(
        "fr",
        (1, 1),
        "Nul.",
        "Merci pour votre commentaire. Nous sommes désolés que l’expérience n’ait pas été à la hauteur. Nous vous "
        "invitons à nous joindre par e-mail afin de trouver une solution.",
        "thanks new soon sorry short other_channel names_left_out",
        services=FR,
    ),
]
