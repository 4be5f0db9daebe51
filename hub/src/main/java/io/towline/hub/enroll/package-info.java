/**
 * Who the agents are: registers clusters, makes join tokens, is the authority of the agents' port,
 * gives agents their certificates, and knows them again by these. Takes a name or a certificate
 * request, gives a token or a certificate; keeps the authorities' keys below the data directory,
 * and in the store the hashes of tokens and the digests of keys. Fails with an {@link
 * io.towline.hub.enroll.EnrollException} towards agents, with a {@link
 * io.towline.hub.enroll.RegistrationException} towards people.
 */
@NullMarked
package io.towline.hub.enroll;

import org.jspecify.annotations.NullMarked;
